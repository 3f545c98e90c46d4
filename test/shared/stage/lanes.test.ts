// Lanes: no two runs of one key at once, waiting calls share a run, a failure stays with its callers.
import { expect, test } from 'vitest';
import { Lanes } from '#shared/stage/lanes.ts';

/** A task that ends when told to. */
function gate(): { promise: Promise<void>; open: () => void; fail: (error: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, open: resolve, fail: reject };
}

test('calls during a run share the next one, which begins when the first has ended', async () => {
  const lanes = new Lanes();
  const first = gate();
  const started: string[] = [];
  const task = (name: string, until?: Promise<void>) => async () => {
    started.push(name);
    await until;
  };
  const runs = [
    lanes.run('k', task('a', first.promise)),
    lanes.run('k', task('b')),
    lanes.run('k', task('c')),
    lanes.run('other', task('d')),
  ];
  await runs[3];
  expect(started).toEqual(['a', 'd']);
  first.open();
  await Promise.all(runs);
  expect(started).toEqual(['a', 'd', 'b']);
  await lanes.run('k', task('e'));
  expect(started).toEqual(['a', 'd', 'b', 'e']);
});

test('a failed run rejects its own callers only', async () => {
  const lanes = new Lanes();
  const first = gate();
  const failing = lanes.run('k', () => first.promise);
  const next = lanes.run('k', () => Promise.resolve());
  first.fail(new Error('down'));
  await expect(failing).rejects.toThrow('down');
  await expect(next).resolves.toBeUndefined();
});
