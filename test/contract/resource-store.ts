// The contract of `ResourceStore`, run for every implementation.
import { expect, test } from 'vitest';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ResourceKey, ResourceStore, Write } from '#shared/model/store.ts';
import { InvalidCommitError, MAX_VALUE_BYTES, MAX_WRITES } from '#shared/store/writes.ts';

let partitions = 0;

/** A partition that no other test uses. */
function fresh(): string {
  return `contract-${process.pid}-${Date.now()}-${partitions++}`;
}

const keyIn = (partition: string, sort: string): ResourceKey => ({ partition, sort });
const put = (key: ResourceKey, value: unknown, expect?: number): Write =>
  expect === undefined ? { op: 'put', key, value } : { op: 'put', key, value, expect };

/** Declares the tests; `store` is called inside each of them. */
export function resourceStoreContract(store: () => ResourceStore): void {
  test('what was put is there, with its version', async () => {
    const key = keyIn(fresh(), 'a');
    const value = { text: 'ä €', list: [1, null, true], nested: { empty: '' } };
    await store().commit([put(key, value)]);
    expect(await store().get(key)).toEqual({ key, version: 1, value });
    await store().commit([put(key, [2])]);
    expect(await store().get(key)).toEqual({ key, version: 2, value: [2] });
  });

  test('what was never put is undefined', async () => {
    expect(await store().get(keyIn(fresh(), 'a'))).toBeUndefined();
  });

  test('a deleted record is gone and starts at version 1 again', async () => {
    const key = keyIn(fresh(), 'a');
    await store().commit([put(key, 1)]);
    await store().commit([put(key, 2)]);
    await store().commit([{ op: 'delete', key }]);
    expect(await store().get(key)).toBeUndefined();
    await store().commit([put(key, 3, 0)]);
    expect((await store().get(key))?.version).toBe(1);
  });

  test('deleting what is not there is no error', async () => {
    await store().commit([{ op: 'delete', key: keyIn(fresh(), 'a') }]);
  });

  const expectations: [string, Write['op'], number, number, boolean][] = [
    ['a put that expects nothing', 'put', 0, 0, true],
    ['a put that expects nothing where something is', 'put', 1, 0, false],
    ['a put of the version read', 'put', 2, 2, true],
    ['a put of an older version', 'put', 2, 1, false],
    ['a put of a version where nothing is', 'put', 0, 1, false],
    ['a delete of the version read', 'delete', 1, 1, true],
    ['a delete of an older version', 'delete', 2, 1, false],
    ['a check of the version read', 'check', 1, 1, true],
    ['a check of an older version', 'check', 2, 1, false],
    ['a check that nothing is there', 'check', 0, 0, true],
    ['a check that nothing is there where something is', 'check', 1, 0, false],
  ];
  test.each(expectations)('%s', async (_, op, stored, expected, succeeds) => {
    const key = keyIn(fresh(), 'a');
    for (let turn = 0; turn < stored; turn++) await store().commit([put(key, turn)]);
    const write = op === 'put' ? put(key, 'new', expected) : { op, key, expect: expected };
    const done = store().commit([write]);
    if (succeeds) await done;
    else await expect(done).rejects.toThrow(ConflictError);
    const version = (await store().get(key))?.version ?? 0;
    expect(version).toBe(
      succeeds && op === 'put' ? stored + 1 : succeeds && op === 'delete' ? 0 : stored,
    );
  });

  test('a check writes nothing', async () => {
    const key = keyIn(fresh(), 'a');
    await store().commit([put(key, 'kept')]);
    await store().commit([{ op: 'check', key, expect: 1 }]);
    expect(await store().get(key)).toEqual({ key, version: 1, value: 'kept' });
  });

  test('a commit is all or nothing', async () => {
    const partition = fresh();
    await store().commit([put(keyIn(partition, 'kept'), 'old'), put(keyIn(partition, 'gone'), 1)]);
    const commit = store().commit([
      put(keyIn(partition, 'new'), 1),
      { op: 'delete', key: keyIn(partition, 'gone') },
      put(keyIn(partition, 'kept'), 'changed', 7),
    ]);
    await expect(commit).rejects.toThrow(ConflictError);
    const { items } = await store().list(partition);
    expect(items.map(({ key, value }) => [key.sort, value])).toEqual([
      ['gone', 1],
      ['kept', 'old'],
    ]);
  });

  test('of two commits that expect the same version one wins', async () => {
    const key = keyIn(fresh(), 'a');
    await store().commit([put(key, 'first')]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => store().commit([put(key, at, 1)])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
    }
    expect((await store().get(key))?.version).toBe(2);
  });

  test('a hundred writes are one commit', async () => {
    const partition = fresh();
    const writes = Array.from({ length: MAX_WRITES }, (_, at) =>
      put(keyIn(partition, String(at).padStart(3, '0')), at, 0),
    );
    await store().commit(writes);
    expect((await store().list(partition)).items).toHaveLength(MAX_WRITES);
  });

  const invalid: [string, (partition: string) => Write[]][] = [
    [
      'more than a hundred writes',
      (partition) => Array.from({ length: 101 }, (_, at) => put(keyIn(partition, `k${at}`), at)),
    ],
    ['a key twice', (partition) => [put(keyIn(partition, 'a'), 1), put(keyIn(partition, 'a'), 2)]],
    [
      'a value that is too large',
      (partition) => [put(keyIn(partition, 'a'), 'x'.repeat(MAX_VALUE_BYTES))],
    ],
    [
      'values that are too large together',
      (partition) =>
        Array.from({ length: 20 }, (_, at) => put(keyIn(partition, `k${at}`), 'x'.repeat(250_000))),
    ],
    ['a value that is not JSON', (partition) => [put(keyIn(partition, 'a'), undefined)]],
  ];
  test.each(invalid)('refuses %s', async (_, writes) => {
    const partition = fresh();
    await expect(store().commit(writes(partition))).rejects.toThrow(InvalidCommitError);
    expect((await store().list(partition)).items).toEqual([]);
  });

  test('takes a value of the largest size', async () => {
    const key = keyIn(fresh(), 'a');
    await store().commit([put(key, 'x'.repeat(MAX_VALUE_BYTES - 2))]);
    expect((await store().get<string>(key))?.value).toHaveLength(MAX_VALUE_BYTES - 2);
  });

  test('lists a partition in byte order of the sort keys', async () => {
    const partition = fresh();
    const sorts = ['b', 'a', 'a#2', 'a#10', 'Z', 'ä', '\u{1F600}', '\uFFFD', '$default'];
    await store().commit(sorts.map((sort) => put(keyIn(partition, sort), sort)));
    const { items, next } = await store().list(partition);
    const inOrder = [...sorts].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(items.map(({ key }) => key.sort)).toEqual(inOrder);
    expect(next).toBeUndefined();
  });

  const lists: [string, { prefix?: string; after?: string; limit?: number }, string[], string?][] =
    [
      ['a prefix', { prefix: 'route#' }, ['route#1', 'route#2', 'route#3']],
      ['a prefix that nothing has', { prefix: 'x' }, []],
      ['a page', { limit: 2 }, ['model#1', 'route#1'], 'route#1'],
      ['the page after', { limit: 2, after: 'route#1' }, ['route#2', 'route#3'], 'route#3'],
      ['the last page', { limit: 2, after: 'route#3' }, ['stage#1']],
      [
        'a page that ends with the list',
        { limit: 5 },
        ['model#1', 'route#1', 'route#2', 'route#3', 'stage#1'],
      ],
      ['a page of a prefix', { prefix: 'route#', limit: 2 }, ['route#1', 'route#2'], 'route#2'],
      ['the next page of a prefix', { prefix: 'route#', limit: 2, after: 'route#2' }, ['route#3']],
      [
        'a prefix after a key before it',
        { prefix: 'route#', after: 'a' },
        ['route#1', 'route#2', 'route#3'],
      ],
      ['a prefix after a key behind it', { prefix: 'route#', after: 'z' }, []],
      ['after a key that is not there', { after: 'route#15' }, ['route#2', 'route#3', 'stage#1']],
    ];
  test.each(lists)('lists %s', async (_, options, sorts, next) => {
    const partition = fresh();
    const all = ['route#2', 'route#1', 'stage#1', 'model#1', 'route#3'];
    await store().commit(all.map((sort) => put(keyIn(partition, sort), { sort })));
    const page = await store().list(partition, options);
    expect(page.items.map(({ key }) => key.sort)).toEqual(sorts);
    expect(page.next).toBe(next);
  });

  test('lists more than one answer of the back end holds', async () => {
    const partition = fresh();
    for (let at = 0; at < 12; at++) {
      await store().commit([
        put(keyIn(partition, `k${String(at).padStart(2, '0')}`), 'x'.repeat(200_000)),
      ]);
    }
    const { items, next } = await store().list(partition);
    expect(items).toHaveLength(12);
    expect(next).toBeUndefined();
  });

  test('partitions that begin alike are apart', async () => {
    const partition = fresh();
    await store().commit([put(keyIn(partition, 'a'), 1), put(keyIn(`${partition}1`, 'b'), 2)]);
    const { items } = await store().list(partition);
    expect(items.map(({ key }) => key.sort)).toEqual(['a']);
  });
}
