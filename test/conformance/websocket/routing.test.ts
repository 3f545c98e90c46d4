// Which route a message of a client takes on a whole node: every value that a selection expression can find, and JSON at random.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { fuzz, pick, type Next } from '../../support/fuzz.ts';
import { mockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

/** Keys as values of every kind spell them. */
const KEYS = ['join', '5', '1.5', 'true', 'false', '[item1, item2]', '[]', '{k=v}', '{}', '[null]'];

let node: TestNode;
let client: Chatter;
/** A client of an api without `$default`. */
let strict: Chatter;

beforeAll(async () => {
  node = await startNode();
  const keyed = Object.fromEntries(KEYS.map((key) => [key, {}]));
  const { url } = await mockApi(node, { routes: { ...keyed, $default: {} } });
  client = await openChatter(url, { agent: node.agent });
  const without = await mockApi(node, { routes: { join: {} } });
  strict = await openChatter(without.url, { agent: node.agent });
});
afterAll(async () => {
  await client.close();
  await strict.close();
  await node.close();
});

async function routeOf(text: string): Promise<string> {
  client.socket.send(text);
  return (JSON.parse(await client.next()) as { route: string }).route;
}

test.each<[string, string, string]>([
  ['a string', '{"action":"join"}', 'join'],
  ['a string with another case', '{"action":"Join"}', '$default'],
  ['a string with a blank', '{"action":"join "}', '$default'],
  ['a missing path', '{"other":"join"}', '$default'],
  ['an empty string', '{"action":""}', '$default'],
  ['an array of two', '{"action":["item1","item2"]}', '[item1, item2]'],
  ['an empty array', '{"action":[]}', '[]'],
  ['a number', '{"action":5}', '5'],
  ['a number written otherwise', '{"action":5.0}', '5'],
  ['a fraction', '{"action":15e-1}', '1.5'],
  ['true', '{"action":true}', 'true'],
  ['false', '{"action":false}', 'false'],
  ['an object', '{"action":{"k":"v"}}', '{k=v}'],
  ['an empty object', '{"action":{}}', '{}'],
  ['null', '{"action":null}', '$default'],
  ['null in an array', '{"action":[null]}', '[null]'],
  ['the name $connect', '{"action":"$connect"}', '$default'],
  ['the name $disconnect', '{"action":"$disconnect"}', '$default'],
  ['the name $default', '{"action":"$default"}', '$default'],
  ['the last of two members of one name', '{"action":"5","action":"join"}', 'join'],
  ['an escaped name', '{"\\u0061ction":"\\u006aoin"}', 'join'],
  ['a name of the prototype', '{"action":"__proto__"}', '$default'],
  ['a prototype of its own', '{"__proto__":{"action":"join"}}', '$default'],
  ['a scalar as document: a number', '5', '$default'],
  ['a scalar as document: a text', '"join"', '$default'],
  ['an array as document', '["join"]', '$default'],
  ['white space around', ' \t\r\n{ "action" : "join" }\n', 'join'],
  ['no JSON', 'join', '$default'],
  ['JSON cut short', '{"action":"join"', '$default'],
  ['JSON with more behind it', '{"action":"join"}x', '$default'],
  ['a byte order mark', '\ufeff{"action":"join"}', '$default'],
  ['nothing', '', '$default'],
])('%s', async (_value, text, route) => {
  expect(await routeOf(text)).toBe(route);
});

test('without $default: the Forbidden frame, byte for byte; other routes and the socket go on', async () => {
  const ids = '"connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="';
  for (const text of ['{"action":"leave"}', '{}', 'no json', '']) {
    strict.socket.send(text);
    expect(await strict.next()).toMatch(new RegExp(`^\\{"message": "Forbidden", ${ids}\\}$`));
  }
  strict.send({ action: 'join' });
  expect(await strict.next()).toBe('{"route":"join"}');
});

const TEXTS = [
  'join',
  'leave',
  '',
  '\\ud800',
  '\\udc00\\ud800',
  '\\u0000',
  '😀',
  '$default',
  '5',
] as const;
const NAMES = ['action', 'action', '__proto__', 'constructor', 'a', 'toString', ''] as const;
const SPACES = ['', '', ' ', '\n', '\t\r'] as const;
const NUMBERS = ['0', '-0', '5', '5.0', '0.5e1', '1.5', '1e400', '123456789012345678901'] as const;

/** JSON text of a random value, with members of one name more than once, escapes, and white space. */
function json(next: Next, depth: number): string {
  const space = pick(next, SPACES);
  const inner = (): string => json(next, depth - 1);
  switch (next(depth > 0 ? 6 : 4)) {
    case 0:
      return `${space}${pick(next, ['null', 'true', 'false'])}`;
    case 1:
      return pick(next, NUMBERS);
    case 2:
    case 3:
      return `"${pick(next, TEXTS)}"${space}`;
    case 4:
      return `[${Array.from({ length: next(4) }, inner).join(`${space},`)}]`;
    default:
      return object(next, inner);
  }
}

function object(next: Next, inner: () => string): string {
  const members = Array.from({ length: next(5) }, () => `"${pick(next, NAMES)}":${inner()}`);
  return `{${members.join(',')}}`;
}

/** Mostly objects; some nested deep, some cut or with a character too many. */
function document(next: Next): string {
  const text = object(next, () => json(next, 3));
  switch (next(8)) {
    case 0:
      return json(next, 2);
    case 1:
      return text.slice(0, next(text.length));
    case 2:
      return text + pick(next, ['}', 'x', ',', '\0', ' 1']);
    case 3:
      return `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},"action":"join"}`;
    default:
      return text;
  }
}

/** Where `text` goes by the rules: parsed by JavaScript, printed in Java's way. */
function expectedRoute(text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return '$default';
  }
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, 'action')) {
    return '$default';
  }
  const { action } = parsed as { readonly action: unknown };
  const key = action === null ? '' : printed(action);
  return KEYS.includes(key) ? key : '$default';
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}=${printed(one)}`)
    .join(', ')}}`;
}

test('JSON at random takes the route that the rules give it, and the node lives', async () => {
  const taken = new Set<string>();
  await fuzz(600, async (next) => {
    const text = document(next);
    const route = await routeOf(text);
    expect({ text, route }).toEqual({ text, route: expectedRoute(text) });
    taken.add(route);
  });
  expect(await routeOf('{"action":"join"}')).toBe('join');
  if (process.env['FUZZ_ROUNDS'] === undefined) expect(taken.size).toBeGreaterThan(4);
  expect(node.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
