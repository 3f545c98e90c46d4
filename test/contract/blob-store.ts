// The contract of `BlobStore`, run for every implementation.
import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BlobStore } from '#shared/model/store.ts';

/** Declares the tests; `store` is called inside each of them. */
export function blobStoreContract(store: () => BlobStore): void {
  const sizes: [string, number][] = [
    ['nothing', 0],
    ['a byte', 1],
    ['one part', 300 * 1024 - 100],
    ['several parts', 2_000_000],
    ['more parts than one batch or page takes', 9_000_000],
  ];
  test.each(sizes)('keeps %s', async (_, size) => {
    const bytes = randomBytes(size);
    const hash = await store().put(bytes);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('the same bytes twice are one blob', async () => {
    const bytes = randomBytes(1000);
    const hash = await store().put(bytes);
    expect(await store().put(Buffer.from(bytes))).toBe(hash);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });

  test('what was never put is undefined', async () => {
    expect(await store().get('0'.repeat(64))).toBeUndefined();
  });

  test('a deleted blob is gone, can be deleted again and put again', async () => {
    const bytes = randomBytes(700_000);
    const hash = await store().put(bytes);
    await store().delete(hash);
    expect(await store().get(hash)).toBeUndefined();
    await store().delete(hash);
    await store().put(bytes);
    expect((await store().get(hash))?.equals(bytes)).toBe(true);
  });
}
