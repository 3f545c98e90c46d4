// Calls that wait for the database's thread: each gets its own answer, and none waits for ever.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AskedCalls } from '#services/dynamodb/asked-calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What `promise` has come to by now. */
async function state(promise: Promise<unknown>): Promise<string> {
  return Promise.race([
    promise.then(
      () => 'answered',
      (error: Error) => error.message,
    ),
    Promise.resolve().then(() => Promise.resolve('waits')),
  ]);
}

test('an answer goes to the call of its id, whatever the order', async () => {
  const calls = new AskedCalls();
  const [first, second] = [calls.begin(), calls.begin()];
  calls.answered({ kind: 'answer', id: second.id, status: 200, body: 'two' });
  calls.answered({ kind: 'answer', id: first.id, status: 400, body: 'one' });
  expect(await first.answer).toMatchObject({ status: 400, body: 'one' });
  expect(await second.answer).toMatchObject({ status: 200, body: 'two' });
});

test('a call without an answer fails after seconds; a later one still waits, an answer too late is dropped', async () => {
  const calls = new AskedCalls();
  const early = calls.begin();
  vi.advanceTimersByTime(5_000);
  const late = calls.begin();
  expect(await state(early.answer)).toBe('waits');
  vi.advanceTimersByTime(2_000);
  expect(await state(early.answer)).toContain('has not answered');
  expect(await state(late.answer)).toBe('waits');
  calls.answered({ kind: 'answer', id: early.id, status: 200, body: '' });
  calls.answered({ kind: 'answer', id: late.id, status: 200, body: '' });
  expect(await state(late.answer)).toBe('answered');
});

test('without calls no timer runs', async () => {
  const calls = new AskedCalls();
  const { id } = calls.begin();
  expect(vi.getTimerCount()).toBe(1);
  calls.answered({ kind: 'answer', id, status: 200, body: '' });
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
});

test('all that wait fail together', async () => {
  const calls = new AskedCalls();
  const waiting = [calls.begin(), calls.begin()].map(({ answer }) => answer);
  const outcomes = Promise.allSettled(waiting);
  calls.fail(new Error('gone'));
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
