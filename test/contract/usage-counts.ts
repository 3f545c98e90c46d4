// The contract of `UsageCounts`, run for every implementation.
import { expect, test } from 'vitest';
import type { UsageCounts } from '#shared/model/usage.ts';

let names = 0;

/** A name that no other test uses. */
const fresh = (): string => `contract#${process.pid}#${Date.now()}#${names++}`;

const tallyOf = (counts: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(counts));

/** Tests `open`'s counts; all that it opens in one test share what they count. */
export function usageCountsContract(open: () => Promise<UsageCounts>): void {
  const known = async (counts: UsageCounts, name: string): Promise<Record<string, number>> =>
    Object.fromEntries(await counts.join(name, new Map()));

  test('nothing is counted under a name of which nothing is known', async () => {
    const counts = await open();
    const name = fresh();
    const claim = { writer: 'a', own: 3, wanted: 1, allowance: 10 };
    expect(await counts.take(name, claim)).toBeUndefined();
    expect(await known(counts, name)).toEqual({});
    expect(await counts.take(name, claim)).toEqual({ granted: 1, own: 4 });
  });

  test('as many are granted as keep the sum of all writers within the allowance', async () => {
    const counts = await open();
    const name = fresh();
    await counts.join(name, tallyOf({ a: 2, b: 3 }));
    const claim = { own: 0, allowance: 10 };
    expect(await counts.take(name, { ...claim, writer: 'a', wanted: 4 })).toEqual({
      granted: 4,
      own: 6,
    });
    expect(await counts.take(name, { ...claim, writer: 'c', wanted: 5 })).toEqual({
      granted: 1,
      own: 1,
    });
    expect(await counts.take(name, { ...claim, writer: 'b', wanted: 1 })).toEqual({
      granted: 0,
      own: 3,
    });
    expect(await known(counts, name)).toEqual({ a: 6, b: 3, c: 1 });
  });

  test.each([
    [0, 0],
    [-5, 0],
    [5, 5],
    [Infinity, 9],
    [3_000_000_000_000_000, 9],
  ])('of 9 wanted an allowance of %d grants %i', async (allowance, granted) => {
    const counts = await open();
    const name = fresh();
    await counts.join(name, new Map());
    const claim = { writer: 'a', own: 0, wanted: 9, allowance };
    expect(await counts.take(name, claim)).toEqual({ granted, own: granted });
  });

  test('what a writer says that it has counted is made good, once', async () => {
    const counts = await open();
    const name = fresh();
    await counts.join(name, tallyOf({ a: 2 }));
    const claim = { writer: 'a', own: 7, wanted: 1, allowance: 9 };
    expect(await counts.take(name, claim)).toEqual({ granted: 1, own: 8 });
    expect(await counts.take(name, claim)).toEqual({ granted: 1, own: 9 });
    expect(await counts.take(name, claim)).toEqual({ granted: 0, own: 9 });
    expect(await known(counts, name)).toEqual({ a: 9 });
  });

  test('own uses count even where nothing more is granted', async () => {
    const counts = await open();
    const name = fresh();
    await counts.join(name, tallyOf({ b: 4 }));
    const claim = { writer: 'a', own: 7, wanted: 1, allowance: 5 };
    expect(await counts.take(name, claim)).toEqual({ granted: 0, own: 7 });
    expect(await known(counts, name)).toEqual({ a: 7, b: 4 });
  });

  test('tallies are joined by the greater of each, in any order and any number of times', async () => {
    const counts = await open();
    const name = fresh();
    const [one, two] = [tallyOf({ a: 5, b: 1, '': 2 }), tallyOf({ a: 3, c: 4_000_000_000_000 })];
    for (const tally of [one, two, one, two, one]) await counts.join(name, tally);
    expect(await known(counts, name)).toEqual({ a: 5, b: 1, '': 2, c: 4_000_000_000_000 });
    const claim = { writer: 'd', own: 0, wanted: 5, allowance: 4_000_000_000_010 };
    expect(await counts.take(name, claim)).toEqual({ granted: 2, own: 2 });
  });

  test('names are counted apart', async () => {
    const counts = await open();
    const [one, two] = [fresh(), fresh()];
    await counts.join(one, tallyOf({ a: 5 }));
    await counts.join(two, new Map());
    expect(await known(counts, one)).toEqual({ a: 5 });
    expect(await known(counts, two)).toEqual({});
  });

  test('claims that come at once are counted one by one', async () => {
    const counts = await open();
    const name = fresh();
    await counts.join(name, new Map());
    const claims = Array.from({ length: 40 }, async (_, at) =>
      counts.take(name, { writer: `w${at % 4}`, own: 0, wanted: 1, allowance: 17 }),
    );
    const granted = (await Promise.all(claims)).map((grant) => grant?.granted ?? 0);
    expect(granted.reduce((sum, one) => sum + one)).toBe(17);
  });
}
