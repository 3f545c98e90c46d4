// One writer over LevelDB: whole units, durable answers, groups of writes, and a disk that refuses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Disk, DiskWriteError } from '#services/dynamodb/disk.ts';
import { ClassicLevel, type LevelDb, type LevelOperation } from '#services/dynamodb/dynalite.ts';

let folder: string;
let level: LevelDb;
let disk: Disk;
/** What each batch wrote; while `held` is set, batches wait for it; `refusal` is what they fail with. */
let batches: LevelOperation[][];
let held: Promise<void> | undefined;
let refusal: Error | undefined;
/** Why the database cannot be opened again. */
let noRoom: Error | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-disk-'));
  level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await level.open();
  [batches, held, refusal] = [[], undefined, undefined];
  const batch = level.batch.bind(level);
  level.batch = async (operations, options) => {
    batches.push(operations);
    await held;
    if (refusal !== undefined) throw refusal;
    await batch(operations, options);
  };
  noRoom = undefined;
  disk = new Disk(level, false, async () => {
    if (noRoom !== undefined) throw noRoom;
  });
});

afterEach(async () => {
  await disk.close();
  rmSync(folder, { recursive: true });
});

const put = (key: string, value: string) => disk.run((unit) => unit.put(key, value));

test('a unit sees its own writes, others see them when they are durable', async () => {
  const release = Promise.withResolvers<void>();
  held = release.promise;
  const done = disk.run((unit) => {
    unit.put('a', '1');
    return unit.get('a');
  });
  expect(disk.get('a')).toBeUndefined();
  release.resolve();
  expect(await done).toBe('1');
  expect(disk.get('a')).toBe('1');
});

test('units come one after the other, each on the last state', async () => {
  const add = () =>
    disk.run((unit) => unit.put('count', String(Number(unit.get('count') ?? '0') + 1)));
  await Promise.all(Array.from({ length: 100 }, add));
  expect(disk.get('count')).toBe('100');
});

test('units that come while a batch is written share the next one', async () => {
  const release = Promise.withResolvers<void>();
  held = release.promise;
  const all = Promise.all(['a', 'b', 'c'].map((key) => put(key, key)));
  release.resolve();
  await all;
  expect(batches.map((operations) => operations.map(({ key }) => key))).toEqual([
    ['a'],
    ['b', 'c'],
  ]);
});

test('a unit that throws writes nothing', async () => {
  await put('a', 'old');
  const failing = disk.run((unit) => {
    unit.put('a', 'new');
    unit.del('b');
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(disk.get('a')).toBe('old');
  expect(batches).toHaveLength(1);
});

test('an answer that rests on a write still on its way waits for it', async () => {
  const release = Promise.withResolvers<void>();
  held = release.promise;
  const written = put('a', '1');
  let answered = false;
  const reading = disk
    .run((unit) => unit.get('a'))
    .then((value) => {
      answered = true;
      return value;
    });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  release.resolve();
  await written;
  expect(await reading).toBe('1');
});

test('a disk that refuses fails the callers of that moment, and nobody after', async () => {
  await put('kept', '1');
  refusal = new Error('ENOSPC: no space left on device');
  await expect(put('lost', '1')).rejects.toThrow(DiskWriteError);
  await expect(put('lost', '2')).rejects.toThrow(DiskWriteError);
  refusal = undefined;
  await put('after', '1');
  expect([disk.get('kept'), disk.get('lost'), disk.get('after')]).toEqual(['1', undefined, '1']);
});

test('reads go on while the disk is full; writes do again when there is room', async () => {
  await put('kept', '1');
  refusal = noRoom = new Error('ENOSPC: no space left on device');
  await expect(put('lost', '1')).rejects.toThrow(DiskWriteError);
  refusal = undefined;
  await expect(put('lost', '2')).rejects.toThrow('cannot be opened again');
  expect(disk.get('kept')).toBe('1');
  expect(disk.getAll((get) => get('kept'))).toBe('1');
  noRoom = undefined;
  await put('after', '1');
  expect([disk.get('kept'), disk.get('lost'), disk.get('after')]).toEqual(['1', undefined, '1']);
});

test('a database that did not open again is tried again by whoever comes', async () => {
  await put('kept', '1');
  refusal = new Error('EIO');
  await expect(put('lost', '1')).rejects.toThrow(DiskWriteError);
  refusal = undefined;
  const open = level.open.bind(level);
  level.open = () => Promise.reject(new Error('EIO'));
  await expect(put('lost', '2')).rejects.toThrow(DiskWriteError);
  expect(() => disk.get('kept')).toThrow(DiskWriteError);
  await expect(put('lost', '3')).rejects.toThrow(DiskWriteError);
  level.open = open;
  await put('after', '1');
  expect([disk.get('kept'), disk.get('lost'), disk.get('after')]).toEqual(['1', undefined, '1']);
});

test('who built on a write that was refused fails with it', async () => {
  const release = Promise.withResolvers<void>();
  held = release.promise;
  refusal = new Error('ENOSPC');
  const first = put('a', '1');
  const second = disk.run((unit) => unit.put('b', `after ${unit.get('a')}`));
  const outcomes = Promise.allSettled([first, second]);
  release.resolve();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  refusal = undefined;
  await put('c', '1');
  expect([disk.get('a'), disk.get('b')]).toEqual([undefined, undefined]);
});

test('reads of one moment are of one moment', async () => {
  const keys = Array.from({ length: 500 }, (_, at) => `k${at}`);
  let writing = true;
  const writer = (async () => {
    for (let turn = 0; writing; turn++) {
      await disk.run((unit) => keys.forEach((key) => unit.put(key, String(turn))));
    }
  })();
  for (let turn = 0; turn < 100; turn++) {
    const seen = disk.getAll((get) => new Set(keys.map(get)));
    expect(seen.size).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  writing = false;
  await writer;
});

test('pages are in order and end with the range', async () => {
  await disk.run((unit) => {
    for (let at = 0; at < 250; at++) unit.put(`k${String(at).padStart(3, '0')}`, String(at));
    unit.put('other', 'x');
  });
  const keys: string[] = [];
  for await (const page of disk.pages({ gte: 'k', lt: 'l' }))
    keys.push(...page.map(([key]) => key));
  expect(keys).toHaveLength(250);
  expect([...keys].sort()).toEqual(keys);
});
