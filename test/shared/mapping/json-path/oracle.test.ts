// JSONPath of ours finds what jsonpath-plus finds, on the same paths over generated documents.
import { JSONPath } from 'jsonpath-plus';
import { expect, test } from 'vitest';
import { compileJsonPath } from '#shared/mapping/json-path/path.ts';
import { fuzz, pick, type Next } from '../../../support/fuzz.ts';
import { randomNumbers as sequence } from '../../../support/random.ts';

const NAMES = ['action', 'data', 'room', 'user', 'items'] as const;

/** No texts: jsonpath-plus takes an index into them, as JavaScript does and AWS's JSONPath does not. */
function document(next: Next, depth: number): unknown {
  const kind = depth === 0 ? next(3) : next(6);
  if (kind === 0) return next(100);
  if (kind === 1) return null;
  if (kind === 2) return next(2) === 0;
  if (kind === 3) return Array.from({ length: next(4) }, () => document(next, depth - 1));
  const names = NAMES.filter(() => next(2) === 0);
  return Object.fromEntries(names.map((name) => [name, document(next, depth - 1)]));
}

/** What jsonpath-plus finds, always as a list. */
function oracle(path: string, json: unknown): unknown {
  return JSONPath({ path, json: json as object, wrap: true, eval: false });
}

const PATHS = [
  '$.action',
  '$.data.room',
  "$['data']['user']",
  '$.items[0]',
  '$.items[0].room',
  '$.items[*].user',
  '$.data.*',
  '$.items[0:2]',
  '$.items[1:]',
  '$.items[::2].action',
  '$.items[0,1]',
];

test.each(PATHS)('%s', (path) => {
  const compiled = compileJsonPath(path);
  for (let seed = 1; seed <= 200; seed++) {
    const json = { [NAMES[seed % 5] ?? 'data']: document(sequence(seed), 4), items: [] };
    json.items = document(sequence(seed + 1000), 3) as never[];
    const found = compiled.read(json);
    const list = compiled.definite ? (found === undefined ? [] : [found]) : found;
    expect({ seed, found: list }).toEqual({ seed, found: oracle(path, json) });
  }
});

test.each(['$..user', '$..room', '$..items[0]'])('%s, in any order', (path) => {
  const compiled = compileJsonPath(path);
  const texts = (values: unknown) => (values as unknown[]).map((one) => JSON.stringify(one)).sort();
  for (let seed = 1; seed <= 200; seed++) {
    const json = { data: document(sequence(seed), 4) };
    expect(texts(compiled.read(json))).toEqual(texts(oracle(path, json)));
  }
});

const SELECTORS = [
  ...[
    '[*]',
    '.*',
    '[0]',
    '[1]',
    '[0,1]',
    '[2,0]',
    '[0:2]',
    '[1:]',
    '[:1]',
    '[-2:]',
    '[::2]',
    '[1::2]',
  ],
  ...["['action','room']", '["user","data"]', "['items']", '["data"]'],
] as const;

/** Names that end a path are merged into an object (Jayway), where the oracle gives their values one by one. */
function expectedOf(path: string, json: unknown): unknown {
  const names = /\[((?:'\w+','\w+')|(?:"\w+","\w+"))\]$/.exec(path);
  if (names === null) return oracle(path, json);
  const keys = (names[1] ?? '').replaceAll(/['"]/g, '').split(',');
  const holders = oracle(path.slice(0, names.index), json) as unknown[];
  return holders.flatMap((holder) => {
    if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return [];
    const entries = Object.entries(holder);
    return [Object.fromEntries(keys.flatMap((key) => entries.filter(([name]) => name === key)))];
  });
}

test('paths at random, but for the places where many values found are in another order', async () => {
  await fuzz(2000, (next) => {
    let path = '$';
    for (let count = 1 + next(4); count > 0; count--) {
      path += next(2) === 0 ? `.${pick(next, NAMES)}` : (SELECTORS[next(SELECTORS.length)] ?? '');
    }
    const json = document(next, 4);
    const isReadable = typeof json === 'object' && json !== null;
    const compiled = compileJsonPath(path);
    const found = compiled.read(json);
    const list = compiled.definite ? (found === undefined ? [] : [found]) : found;
    const expected = isReadable ? expectedOf(path, json) : [];
    expect({ path, json, found: list }).toEqual({ path, json, found: expected });
  });
});
