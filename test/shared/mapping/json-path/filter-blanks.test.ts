// Filters with and without blanks around their operators find the same, and what jsonpath-plus finds.
import { JSONPath } from 'jsonpath-plus';
import { expect, test } from 'vitest';
import { compileJsonPath } from '#shared/mapping/json-path/path.ts';
import { fuzz, pick, type Next } from '../../../support/fuzz.ts';
import { randomNumbers } from '../../../support/random.ts';

const LIST = [
  { id: 1, n: 'one', 'a b': 1, 'x-y': 5, in: { deep: 1 }, tags: ['p'], on: true },
  { id: 2, n: 'two', 'a b': 2, 'x-y': -5, in: { deep: 2 }, tags: [], on: false },
  { id: 3, n: 'a=b', in: null },
];

const ids = (condition: string): unknown =>
  compileJsonPath(`$.list[?(${condition})].id`, { filters: true }).read({ list: LIST, two: 2 });

test.each<[string, number[]]>([
  ['@.id==2', [2]],
  ['@.id!=2', [1, 3]],
  ['@.id>1', [2, 3]],
  ['@.id>=2', [2, 3]],
  ['@.id<2', [1]],
  ['@.id<=2', [1, 2]],
  ['@.id===2', [2]],
  ['@.id!==2', [1, 3]],
  ["@.n=='two'", [2]],
  ['@.n=="two"', [2]],
  ["@.n=='a=b'", [3]],
  ["@['a b']==1", [1]],
  ["@['n']=='one'", [1]],
  ['@.x-y==5', [1]],
  ['@.x-y==-5', [2]],
  ['@.x-y<-1.5', [2]],
  ['@.in.deep==2', [2]],
  ['@.in.deep>=1&&@.id<2', [1]],
  ['@.id==1||@.id==3', [1, 3]],
  ['@.id==1||@.id==2&&@.x-y==5', [1]],
  ['(@.id==1||@.id==2)&&@.x-y==-5', [2]],
  ['!@.tags', [3]],
  ['!(@.id==2)', [1, 3]],
  ['!(@.id==2)&&!@.tags', [3]],
  ['@.n&&@.tags', [1, 2]],
  ['@.n=~/t.*/', [2]],
  ['@.n=~/ONE/i', [1]],
  ['@.n.length()==3', [1, 2, 3]],
  ['@.tags.length()>0', [1]],
  ['@.tags[0]=="p"', [1]],
  ['@.id==$.two', [2]],
  ['$.two==@.id', [2]],
  ['2==@.id', [2]],
  ['2<@.id', [3]],
  ['@.on==true', [1]],
  ['@.on!=true', [2, 3]],
  ['@.in==null', [3]],
  ["@['n']in['one','a=b']", [1, 3]],
  ["@['n']nin['one','a=b']", [2]],
])('%s', (condition, expected) => {
  expect(ids(condition)).toEqual(expected);
  expect(ids(spaced(condition))).toEqual(expected);
});

/** `condition` with blanks around all operators that stand outside of quotes, brackets and patterns. */
function spaced(condition: string): string {
  const parts =
    /('[^']*'|"[^"]*"|\/[^/]+\/|\[[^\]]*\])|(===|!==|==|!=|<=|>=|=~|&&|\|\||[<>!()]|n?in(?=\[))/g;
  return condition
    .replace(/\(\)/g, '\u0000')
    .replace(parts, (all, kept: string | undefined) => (kept === undefined ? ` ${all} ` : all))
    .replaceAll('\u0000', '()');
}

const SIGNS = ['==', '!=', '<', '<=', '>', '>='] as const;
const FIELDS = ['@.id', "@['a b']", '@.sub.v', '@.none', '@.list[0]'] as const;

function condition(next: Next, depth: number, blank: string): string {
  const inner = (): string => condition(next, depth - 1, blank);
  switch (depth === 0 ? 0 : next(4)) {
    case 1:
      return `(${inner()}${blank}&&${blank}${inner()})`;
    case 2:
      return `(${inner()}${blank}||${blank}${inner()})`;
    case 3:
      return `!(${blank}${inner()}${blank})`;
    default: {
      const isText = next(4) === 0;
      const left = isText ? '@.name' : pick(next, FIELDS);
      const right = isText ? pick(next, ["'a'", "'b=c'", "'x'"]) : String(next(7) - 3);
      const sign = isText ? pick(next, ['==', '!=']) : pick(next, SIGNS);
      return `${left}${blank}${sign}${blank}${right}`;
    }
  }
}

function row(next: Next): unknown {
  const number = (): number => next(7) - 3;
  return {
    id: number(),
    name: pick(next, ['a', 'b=c', 'd']),
    sub: { v: number() },
    list: [number()],
    ...(next(2) === 0 && { 'a b': number() }),
  };
}

test('conditions at random: blanks change nothing, and jsonpath-plus agrees', async () => {
  let matched = 0;
  await fuzz(600, (next, seed) => {
    const list = Array.from({ length: 6 }, () => row(next));
    const path = (blank: string): string =>
      `$.rows[?(${condition(randomNumbers(seed + 100_000), 3, blank)})]`;
    const tight = path('');
    const loose = path(' ');
    const read = (path: string) => compileJsonPath(path, { filters: true }).read({ rows: list });
    const found = read(tight) as unknown[];
    matched += found.length;
    expect({ tight, found: read(loose) }).toEqual({ tight, found });
    const oracle: unknown = JSONPath({
      path: tight,
      json: { rows: list },
      wrap: true,
      eval: 'safe',
    });
    expect({ tight, found }).toEqual({ tight, found: oracle });
  });
  expect(matched).toBeGreaterThan(500);
});
