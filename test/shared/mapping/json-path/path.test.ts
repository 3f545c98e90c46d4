// JSONPath: every selector, filters, what is refused, and documents made to be expensive.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compileJsonPath, JSON_PATH_LIMITS } from '#shared/mapping/json-path/path.ts';

const STORE = JSON.parse(`{
  "books": [
    {"title": "A", "price": 8, "tags": ["x", "y"], "isbn": null},
    {"title": "B", "price": 12.5, "tags": []},
    {"title": "C", "price": 22, "isbn": "1-2"}
  ],
  "bike": {"price": 19, "color": "red"},
  "limit": 12,
  "__proto__": {"price": 1}
}`) as unknown;

const read = (path: string): unknown => compileJsonPath(path, { filters: true }).read(STORE);

test.each<[string, unknown]>([
  ['$.bike.color', 'red'],
  ["$['bike']['color']", 'red'],
  ['$["bike"].color', 'red'],
  ["$.books[ 0 ]['title']", 'A'],
  ['$.books[-1].title', 'C'],
  ['$.books[9].title', undefined],
  ['$.books[0].isbn', null],
  ['$.none.deeper', undefined],
  ['$.bike.constructor', undefined],
  ['$.books.length', undefined],
  ['$.__proto__.price', 1],
  ['$.books[*].title', ['A', 'B', 'C']],
  ['$.bike.*', [19, 'red']],
  ['$.books[*].isbn', [null, '1-2']],
  ['$..price', [8, 12.5, 22, 19, 1]],
  ['$..tags[0]', ['x']],
  ["$..['color']", ['red']],
  [
    '$.books..*',
    [
      ...(STORE as { books: Record<string, unknown>[] }).books,
      'A',
      8,
      ['x', 'y'],
      null,
      'x',
      'y',
      'B',
      12.5,
      [],
      'C',
      22,
      '1-2',
    ],
  ],
  ['$.books[0:2].title', ['A', 'B']],
  ['$.books[-2:].title', ['B', 'C']],
  ['$.books[:1].title', ['A']],
  ['$.books[::2].title', ['A', 'C']],
  ['$.books[0,2].title', ['A', 'C']],
  ["$.bike['color','price','none']", { color: 'red', price: 19 }],
  ["$.books[0:2]['title','isbn']", [{ title: 'A', isbn: null }, { title: 'B' }]],
  ["$.books['title','isbn']", undefined],
  ["$['books','bike'].price", [19]],
  ['$.books[?(@.price < 10)].title', ['A']],
  ['$.books[?(@.price >= 12.5)].title', ['B', 'C']],
  ['$.books[?(@.price > $.limit)].title', ['B', 'C']],
  ["$.books[?(@.title == 'B')].price", [12.5]],
  ['$.books[?(@.title != "B")].title', ['A', 'C']],
  ['$.books[?(@.isbn)].title', ['A', 'C']],
  ['$.books[?(!@.isbn)].title', ['B']],
  ['$.books[?(@.isbn == null)].title', ['A']],
  ['$.books[?(@.price < 10 || @.price > 20)].title', ['A', 'C']],
  ["$.books[?(@.price < 20 && !(@.title == 'A'))].title", ['B']],
  ["$.books[?(@.tags[0] == 'x')].title", ['A']],
  ['$.books[?(@.title =~ /[ab]/i)].title', ['A', 'B']],
  ['$.books[?(@.price =~ /8/)].title', ['A']],
  ['$.books[?(@.none =~ /.*/)].title', []],
  ['$.books[?(@.tags =~ /[xz]/)].title', ['A']],
  ["$.books[?(@.tags == ['x', 'y'])].title", ['A']],
  ["$.books[?(@ == {'title': 'B', 'price': 12.5, 'tags': []})].title", ['B']],
  ['$.books[?(@.none == @.missing)].title', []],
  ['$.books[?(@..none)].title', []],
  ["$.books[?(@..title == ['C'])].title", ['C']],
  ['$.books[?(@.tags[*])].title', ['A']],
  ['$.books[?(@.tags.length() == 2)].title', ['A']],
  ["$.books[?(@.tags.concat('-', @.title) == 'xy-A')].title", ['A']],
  ["$.books[?(@.tags[?(@=='x')])].title", ['A']],
  ["$.books[?(@.title in ['A', 'C'])].title", ['A', 'C']],
  ["$.books[?(@.title nin ['A', 'C'])].title", ['B']],
  ["$.books[?(@['title']in['A'])].title", ['A']],
  ["$.books[?(@.tags contains 'y')].title", ['A']],
  ["$.books[?(@.isbn contains '-')].title", ['C']],
  ["$.books[?(@.tags subsetof ['x', 'y', 'z'])].title", ['A', 'B']],
  ["$.books[?(@.tags anyof ['y', 'z'])].title", ['A']],
  ["$.books[?(@.tags noneof ['y', 'z'])].title", ['B']],
  ["$.books[?(@.tags all ['y', 'x'])].title", ['A']],
  ['$.books[?(@.tags size 2)].title', ['A']],
  ['$.books[?(@.tags empty true)].title', ['B']],
  ['$.books[?(@.tags empty false)].title', ['A']],
  ['$.books[?(@.price === 8)].title', ['A']],
  ['$.books[?(@.price !== 8)].title', ['B', 'C']],
  ["$.['bike'].['color']", 'red'],
  ['$..price.min()', 1],
  ['$.books[*].price.max()', 22],
  ['$.books[?(@.price>10)].price.sum()', 34.5],
  ['$.books[*].price.avg()', 42.5 / 3],
  ['$.min(4, $.limit, [3, "2"])', 3],
  ['$.books[0].tags.avg()', undefined],
  ['$.books.size()', 3],
  ['$.bike.keys()', ['price', 'color']],
  ['$.bike.keys().length()', 2],
  ['$.books.keys()', undefined],
  ['$.books[0].tags.concat()', 'xy'],
  ["$.concat($.bike.color, '-', $.limit)", 'red-12'],
  ["$.books[0].tags.append('z', 1)", ['x', 'y', 'z', 1]],
  ['$.books[*].title.first()', 'A'],
  ['$.books[*].title.last()', 'C'],
  ['$.books[*].title.index(1)', 'B'],
  ['$.books[*].title.index(-1)', 'C'],
  ['$.bike.first()', undefined],
  ['$.books[?(@.title < 5)].title', []],
  ['$.books[0].tags[?(@ == "y")]', ['y']],
  ['$..[?(@.color)].price', [19]],
  ['$.books.length()', 3],
  ['$.bike.length()', 2],
  ['$.bike.color.length()', 3],
  ['$.limit.length()', undefined],
  ['$.books[*].tags.length()', 2],
])('%s', (path, expected) => {
  expect(read(path)).toEqual(expected);
});

test('definite paths say so', () => {
  expect(compileJsonPath('$.a[0]["b"]').definite).toBe(true);
  for (const path of ['$.*', '$..a', '$[0:1]', '$[0,1]']) {
    expect(compileJsonPath(path).definite).toBe(false);
  }
});

test.each([
  ['a', 0, 'must begin with $'],
  ['$a', 1, 'unexpected "a"'],
  ['$.', 2, 'a name is missing'],
  ['$..', 3, 'a name is missing'],
  ['$...a', 3, 'a name is missing'],
  ['$[', 2, 'a name or number is missing'],
  ['$[]', 2, 'a name or number is missing'],
  ['$[0', 3, '"]" expected'],
  ['$[0]a', 4, 'unexpected "a"'],
  ['$[1,]', 4, 'a name or number is missing'],
  ['$[::0]', 5, 'a step must be positive'],
  ["$['a", 2, 'a name or number is missing'],
  ['$.a b', 3, 'unexpected " "'],
  ['$.a^', 3, 'unexpected "^"'],
  ['$.a~', 3, 'unexpected "~"'],
  ['$.$', 2, 'a name is missing'],
  ['$[(@.length-1)]', 2, 'scripts and filters are not allowed here'],
  ['$[?@.a]', 3, '"(" expected'],
  ['$[?(@.a == )]', 11, 'a value expected'],
  ['$[?(@.a())]', 8, 'no function "a"'],
  ['$.index()', 9, 'wrong number of arguments for index()'],
  ['$.max(1', 7, '"," expected'],
  ['$.a.max().b', 9, 'unexpected "."'],
  ['$[?(@.a in)]', 10, 'a value expected'],
  ['$[?(@.a == [1)]', 13, '"," expected'],
  [`$[?(@ == ${'['.repeat(40)})]`, 41, 'nested deeper than 32 levels'],
  ['$[?(@.a = 1)]', 8, '")" expected'],
  ['$[?(process.exit())]', 4, 'a value expected'],
  [`$[?${'('.repeat(40)}@${')'.repeat(40)}]`, 36, 'nested deeper than 32 levels'],
])('%s is refused at position %i: %s', (path, position, reason) => {
  const compile = (): unknown => compileJsonPath(path, { filters: true });
  expect(compile).toThrow(DefinitionError);
  expect(compile).toThrow(`at position ${position}: ${reason}`);
});

test('filters are refused unless they are asked for', () => {
  expect(() => compileJsonPath('$[?(@.a)]')).toThrow('scripts and filters are not allowed here');
});

test('stddev is that of the whole population', () => {
  expect(compileJsonPath('$.stddev(2, 4, 4, 4, 5, 5, 7, 9)', { filters: true }).read({})).toBe(2);
});

test('functions beside length() are refused where filters are', () => {
  expect(() => compileJsonPath('$.a.max()')).toThrow('functions are not allowed here');
});

test('append leaves the document alone', () => {
  const list = [1];
  expect(compileJsonPath('$.append(2)', { filters: true }).read(list)).toEqual([1, 2]);
  expect(list).toEqual([1]);
});

test.each([
  '$.list[?(@ in $.list)]',
  '$.list[?($.list subsetof $.list)]',
  '$.list[?($.list.concat() == "")]',
  '$.list[?($..x.max() > 1)]',
  '$.list[?(@[?(@[?($..*)])])]',
  '$.list[?($.map == $.map2)]',
  '$.list[?(@[2] == $.map)]',
  '$.list[?($.map size 3)]',
  '$.list[?($.map empty true)]',
  '$.list[?($.map.length() == 3)]',
  '$.list[?($.map.keys() == 3)]',
])('%s, whose every test costs more, stays within its budget', (text) => {
  const list = Array.from({ length: 3000 }, (_, at) => [at, [at], { at }]);
  const map = Object.fromEntries(list.map((_, at) => [`k${at}`, 1]));
  const budget = { left: JSON_PATH_LIMITS.visits };
  expect(
    compileJsonPath(text, { filters: true }).read({ list, map, map2: { ...map } }, budget),
  ).toEqual([]);
  expect(budget.left).toBeGreaterThan(-JSON_PATH_LIMITS.visits);
  expect(budget.left).toBeLessThan(0);
});

const deep = (open: string, close: string, depth: number): unknown =>
  JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`) as unknown;

test.each(['$..x', '$..*', '$..x..x', '$..*..*', '$..*[*]', '$..*..*..*', '$..[?(@.x)]'])(
  '%s visits no more than its budget in documents made to be expensive',
  (text) => {
    const path = compileJsonPath(text, { filters: true });
    const documents = [
      deep('[', ']', 60_000),
      deep('{"x":', '}', 20_000),
      Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => [1, 2, 3])),
    ];
    for (const document of documents) {
      const budget = { left: JSON_PATH_LIMITS.visits };
      const found = path.read(document, budget);
      expect(Array.isArray(found)).toBe(true);
      expect(budget.left).toBeGreaterThan(-JSON_PATH_LIMITS.visits);
      if (budget.left < 0) expect(found).toEqual([]);
    }
  },
);

test('documents as deep as messages allow are searched whole', () => {
  const nested = JSON.parse(`${'['.repeat(60_000)}{"x":7}${']'.repeat(60_000)}`) as unknown;
  expect(compileJsonPath('$..x').read(nested)).toEqual([7]);
});
