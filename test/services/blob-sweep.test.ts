// When blobs are swept: by one node in a period, again after a failure of the store, with what was swept in the log.
import { beforeEach, expect, test } from 'vitest';
import { BlobSweep } from '#services/blob-sweep.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { MemoryBlobStore, MemoryResourceStore } from '../support/memory-store.ts';

const HOUR = 3_600_000;
const OWNER = { partition: 'test', sort: 'owner' };

let now: number;
let resources: MemoryResourceStore;
let blobs: MemoryBlobStore;
let lines: LogLine[];
beforeEach(() => {
  now = Date.UTC(2026, 10, 25);
  lines = [];
  resources = new MemoryResourceStore();
  blobs = new MemoryBlobStore(resources, () => now);
});

const node = (): BlobSweep =>
  new BlobSweep({
    ...{ resources, blobs, now: () => now },
    logger: new Logger((line) => lines.push(line), 'store'),
  });

test('what nobody names goes with the next sweep after its hour, and the log says so', async () => {
  const hash = await blobs.put(Buffer.from('a'), OWNER);
  await node().look();
  expect(await blobs.get(hash)).toBeDefined();
  now += 7 * HOUR;
  await node().look();
  expect(await blobs.get(hash)).toBeUndefined();
  expect(lines).toMatchObject([{ level: 'info', fields: { swept: 1 } }]);
});

test('one node sweeps in a period', async () => {
  let sweeps = 0;
  blobs.sweep = async () => sweeps++;
  await Promise.all([node().look(), node().look(), node().look()]);
  expect(sweeps).toBe(1);
  now += 5 * HOUR;
  await node().look();
  expect(sweeps).toBe(1);
  now += 2 * HOUR;
  await node().look();
  expect(sweeps).toBe(2);
});

test('a sweep that fails is told, and tried again in the next period', async () => {
  const sweep = blobs.sweep.bind(blobs);
  blobs.sweep = () => Promise.reject(new Error('away'));
  await node().look();
  expect(lines).toMatchObject([
    { level: 'warn', message: 'what nobody uses any more is not swept yet' },
  ]);
  blobs.sweep = sweep;
  const hash = await blobs.put(Buffer.from('a'), OWNER);
  now += 7 * HOUR;
  await node().look();
  expect(await blobs.get(hash)).toBeUndefined();
});

test('a running one looks from time to time until it is stopped', async () => {
  const hash = await blobs.put(Buffer.from('a'), OWNER);
  now += 2 * HOUR;
  const logger = new Logger((line) => lines.push(line), 'store');
  const sweep = new BlobSweep({ resources, blobs, now: () => now, logger, everyMs: 5 });
  await sweep.start();
  await expect.poll(() => blobs.get(hash)).toBeUndefined();
  await sweep.stop();
});
