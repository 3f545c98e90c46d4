// The movable clock and the timing wheel on it.
import { expect, test } from 'vitest';
import { TestClock } from '#shared/runtime/clock.ts';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';

test('advance runs due timers in order, also those that timers set', () => {
  const clock = new TestClock(1000);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b${clock.now()}`));
  clock.after(10, () => {
    seen.push(`a${clock.now()}`);
    clock.after(5, () => seen.push(`c${clock.now()}`));
  });
  clock.after(31, () => seen.push('late'));
  clock.advance(30);
  expect(seen).toEqual(['a1010', 'c1015', 'b1020']);
  expect(clock.now()).toBe(1030);
});

test('a cancelled timer does not run', () => {
  const clock = new TestClock(0);
  const seen: number[] = [];
  clock.after(5, () => seen.push(1)).cancel();
  clock.advance(10);
  expect(seen).toEqual([]);
});

test('the wheel runs entries at or after their deadline, within a tick', () => {
  const clock = new TestClock(5);
  const wheel = new TimingWheel(clock, 100);
  const seen: [number, number][] = [];
  for (const due of [50, 100, 101, 950, 3_600_000]) {
    wheel.schedule(due, () => seen.push([due, clock.now()]));
  }
  clock.advance(1200);
  expect(seen.map(([due]) => due)).toEqual([50, 100, 101, 950]);
  for (const [due, at] of seen) {
    expect(at).toBeGreaterThanOrEqual(due);
    expect(at - due).toBeLessThan(201);
  }
  clock.advance(3_600_000);
  expect(seen.at(-1)?.[0]).toBe(3_600_000);
});

test('a cancelled entry does not run and the wheel stops its timer when empty', () => {
  const clock = new TestClock(0);
  const wheel = new TimingWheel(clock, 10);
  let ran = false;
  wheel.cancel(wheel.schedule(50, () => (ran = true)));
  clock.advance(1000);
  expect(ran).toBe(false);
});
