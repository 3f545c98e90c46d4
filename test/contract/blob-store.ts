// The contract of `BlobStore`, run for every implementation.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BlobStore, ResourceKey, ResourceStore } from '#shared/model/store.ts';

let owners = 0;

/** A record that no other test has. */
const fresh = (): ResourceKey => ({ partition: 'contract', sort: `${process.pid}#${owners++}` });

/** Older than this is what was put before now. */
const AT_ONCE_MS = -60_000;

/** Declares the tests; `store` and `resources`, where owners are, are called inside each of them. */
export function blobStoreContract(store: () => BlobStore, resources: () => ResourceStore): void {
  /** A record that names `hash`, or nothing. */
  const name = (key: ResourceKey, hash?: string): Promise<void> =>
    resources().commit([{ op: 'put', key, value: { code: { hash } } }]);

  const sizes: [string, number][] = [
    ['nothing', 0],
    ['a byte', 1],
    ['one part', 300 * 1024 - 100],
    ['several parts', 2_000_000],
    ['more parts than one batch or page takes', 9_000_000],
  ];
  test.each(sizes)('keeps %s', async (_, size) => {
    const bytes = randomBytes(size);
    const hash = await store().put(bytes, fresh());
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('the same bytes twice are one blob', async () => {
    const bytes = randomBytes(1000);
    const hash = await store().put(bytes, fresh());
    expect(await store().put(Buffer.from(bytes), fresh())).toBe(hash);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('what was never put is undefined', async () => {
    expect(await store().get('0'.repeat(64))).toBeUndefined();
  });

  test('a deleted blob is gone, can be deleted again and put again', async () => {
    const bytes = randomBytes(700_000);
    const hash = await store().put(bytes, fresh());
    await store().delete(hash);
    expect(await store().get(hash)).toBeUndefined();
    await store().delete(hash);
    await store().put(bytes, fresh());
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('what its owner names stays, and goes when nobody names it any more', async () => {
    const [bytes, owner] = [randomBytes(700_000), fresh()];
    const hash = await store().put(bytes, owner);
    await name(owner, hash);
    await store().sweep(AT_ONCE_MS);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
    await name(owner);
    expect(await store().sweep(AT_ONCE_MS)).toBeGreaterThan(0);
    expect(await store().get(hash)).toBeUndefined();
    expect(await store().put(bytes, owner)).toBe(hash);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('it stays while one of several owners names it, however often it was put', async () => {
    const [bytes, one, two] = [randomBytes(1000), fresh(), fresh()];
    let hash = '';
    for (const owner of [one, two, one, two, two]) hash = await store().put(bytes, owner);
    await name(one, hash);
    await name(two, hash);
    await store().sweep(AT_ONCE_MS);
    await resources().commit([{ op: 'delete', key: one }]);
    await store().sweep(AT_ONCE_MS);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
    await resources().commit([{ op: 'delete', key: two }]);
    await store().sweep(AT_ONCE_MS);
    expect(await store().get(hash)).toBeUndefined();
  });

  test('what was put a moment ago stays, whoever names it', async () => {
    const [bytes, old] = [randomBytes(1000), fresh()];
    const hash = await store().put(bytes, old);
    await store().sweep(3_600_000);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('what is put while it is being swept is whole', async () => {
    for (let round = 0; round < 30; round++) {
      const [bytes, owner] = [randomBytes(2000), fresh()];
      await store().put(bytes, fresh());
      // What is put from here on is not old enough, however long a sweep takes to look.
      await sleep(2);
      const sweeps = [store().sweep(0), store().sweep(0)];
      for (let turn = 0; turn < round % 6; turn++) await store().get('0'.repeat(64));
      const hash = await store().put(bytes, owner);
      await name(owner, hash);
      await Promise.all(sweeps);
      expect((await store().get(hash))?.equals(bytes)).toBe(true);
    }
  });
}
