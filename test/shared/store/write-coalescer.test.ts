// Coalescing: what goes into one batch, that the last write of a key wins, and that writes of one key never race.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WriteCoalescer } from '#shared/store/write-coalescer.ts';

interface Sent {
  readonly writes: readonly string[];
  readonly done: PromiseWithResolvers<void>;
}

function recorder(
  bounds: Partial<{ items: number; waitMs: number; batchesInFlight: number }> = {},
) {
  const sent: Sent[] = [];
  const coalescer = new WriteCoalescer<string>(
    (writes) => {
      const done = Promise.withResolvers<void>();
      sent.push({ writes, done });
      return done.promise;
    },
    { items: 3, waitMs: 2, batchesInFlight: 2, ...bounds },
  );
  return { sent, coalescer };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a batch closes after the wait', async () => {
  const { sent, coalescer } = recorder();
  void coalescer.submit('a', '1');
  void coalescer.submit('b', '2');
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(sent.map(({ writes }) => writes)).toEqual([['1', '2']]);
});

test('a full batch goes at once', () => {
  const { sent, coalescer } = recorder();
  for (const key of ['a', 'b', 'c']) void coalescer.submit(key, key);
  expect(sent.map(({ writes }) => writes)).toEqual([['a', 'b', 'c']]);
});

test('the last write of a key that waits wins, and all of its callers are told', async () => {
  const { sent, coalescer } = recorder();
  const both = Promise.all([coalescer.submit('a', 'put'), coalescer.submit('a', 'delete')]);
  await vi.advanceTimersByTimeAsync(2);
  expect(sent[0]?.writes).toEqual(['delete']);
  sent[0]?.done.resolve();
  await both;
});

test('a key in flight waits for its own batch to end; others do not', async () => {
  const { sent, coalescer } = recorder();
  void coalescer.submit('a', 'a1');
  await vi.advanceTimersByTimeAsync(2);
  void coalescer.submit('a', 'a2');
  void coalescer.submit('b', 'b1');
  await vi.advanceTimersByTimeAsync(2);
  expect(sent.map(({ writes }) => writes)).toEqual([['a1'], ['b1']]);
  sent[0]?.done.resolve();
  await vi.advanceTimersByTimeAsync(2);
  expect(sent.map(({ writes }) => writes)).toEqual([['a1'], ['b1'], ['a2']]);
});

test('no more batches are on their way than allowed', async () => {
  const { sent, coalescer } = recorder({ items: 1, batchesInFlight: 2 });
  for (const key of ['a', 'b', 'c', 'd']) void coalescer.submit(key, key);
  expect(sent).toHaveLength(2);
  sent[1]?.done.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent.map(({ writes }) => writes)).toEqual([['a'], ['b'], ['c']]);
});

test('a failed batch fails its callers and nobody else', async () => {
  const { sent, coalescer } = recorder({ items: 1 });
  const failed = coalescer.submit('a', 'a1');
  const well = coalescer.submit('b', 'b1');
  sent[0]?.done.reject(new Error('disk full'));
  sent[1]?.done.resolve();
  await expect(failed).rejects.toThrow('disk full');
  await well;
  const again = coalescer.submit('a', 'a2');
  sent[2]?.done.resolve();
  await again;
});
