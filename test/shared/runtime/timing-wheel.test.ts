// The timing wheel: never early, at most a tick late, in order, and one timer however many deadlines.
import { expect, test } from 'vitest';
import { TestClock, type Clock, type Timer } from '#shared/runtime/clock.ts';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';

const NOW = 1_000_000;

/** A fixed clock that counts the timers it has been asked for and that are not over. */
class CountingClock implements Clock {
  readonly clock = new TestClock(NOW);
  pending = 0;

  now(): number {
    return this.clock.now();
  }

  after(ms: number, callback: () => void): Timer {
    this.pending++;
    const timer = this.clock.after(ms, () => {
      this.pending--;
      callback();
    });
    return {
      cancel: () => {
        this.pending--;
        timer.cancel();
      },
    };
  }
}

test.each([0, 1, 999, 1000, 1001, 2500, 7_200_000])(
  'a deadline in %i ms is kept, never early and at most a tick late',
  (ms) => {
    const clock = new TestClock(NOW);
    const wheel = new TimingWheel(clock, 1000);
    let at = 0;
    wheel.schedule(NOW + ms, () => (at = clock.now()));
    while (at === 0) clock.advance(100);
    expect(at).toBeGreaterThanOrEqual(NOW + ms);
    expect(at).toBeLessThanOrEqual(NOW + ms + 1000);
  },
);

test('a deadline that has passed runs with the next tick', () => {
  const clock = new TestClock(NOW);
  const wheel = new TimingWheel(clock, 1000);
  let ran = 0;
  wheel.schedule(NOW - 50_000, () => ran++);
  expect(ran).toBe(0);
  clock.advance(1000);
  expect(ran).toBe(1);
});

test('deadlines run in the order of their ticks, once', () => {
  const clock = new TestClock(NOW);
  const wheel = new TimingWheel(clock, 10);
  const ran: number[] = [];
  for (const ms of [500, 20, 300, 20, 4000, 40]) wheel.schedule(NOW + ms, () => ran.push(ms));
  clock.advance(10_000);
  clock.advance(10_000);
  expect(ran).toEqual([20, 20, 40, 300, 500, 4000]);
});

test('what is cancelled does not run, and may be cancelled again or too late', () => {
  const clock = new TestClock(NOW);
  const wheel = new TimingWheel(clock, 10);
  const ran: string[] = [];
  const given = wheel.schedule(NOW + 100, () => ran.push('given up'));
  const kept = wheel.schedule(NOW + 100, () => ran.push('kept'));
  wheel.cancel(given);
  wheel.cancel(given);
  clock.advance(1000);
  wheel.cancel(kept);
  expect(ran).toEqual(['kept']);
});

test('a callback may schedule and cancel', () => {
  const clock = new TestClock(NOW);
  const wheel = new TimingWheel(clock, 10);
  const ran: number[] = [];
  const later = wheel.schedule(NOW + 60, () => ran.push(-1));
  const again = (): void => {
    ran.push(clock.now() - NOW);
    wheel.cancel(later);
    if (ran.length < 3) wheel.schedule(clock.now() + 50, again);
  };
  wheel.schedule(NOW + 50, again);
  clock.advance(1000);
  expect(ran).toHaveLength(3);
  expect(ran).toEqual([50, 100, 150]);
});

test('ten thousand deadlines share one timer, and none is left when all have run', () => {
  const clock = new CountingClock();
  const wheel = new TimingWheel(clock, 10);
  let ran = 0;
  for (let at = 0; at < 10_000; at++) wheel.schedule(NOW + at, () => ran++);
  expect(clock.pending).toBe(1);
  clock.clock.advance(20_000);
  expect([ran, clock.pending]).toEqual([10_000, 0]);
});

test('stop drops everything', () => {
  const clock = new CountingClock();
  const wheel = new TimingWheel(clock, 10);
  let ran = 0;
  wheel.schedule(NOW + 100, () => ran++);
  wheel.stop();
  clock.clock.advance(1000);
  expect([ran, clock.pending]).toEqual([0, 0]);
});
