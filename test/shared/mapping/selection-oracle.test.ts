// Selection expressions made at random, for every place that has one, against values found and printed by other means.
import { expect, test, vi } from 'vitest';
import { BufferBody } from '#shared/exchange/body.ts';
import {
  compileRouteSelection,
  compileSelection,
  SELECTION_CHARACTERS,
  type SelectionPlace,
  type SelectionScope,
} from '#shared/mapping/selection.ts';
import { testConnection, testMessage, testRequest, testStage } from '../../support/exchange.ts';
import { fuzz, pick, type Next } from '../../support/fuzz.ts';

// Many rounds on a machine that has other work.
vi.setConfig({ testTimeout: 60_000 });

const NAMES = [
  'a',
  'b',
  'action',
  '_x1',
  'my-key',
  'k e y',
  'a.b}',
  "it's",
  'say "x"',
  '__proto__',
  '5',
  'é',
] as const;
const TEXTS = [
  'join',
  '',
  ' ',
  '$default',
  '${request.body.a}',
  '\\$',
  'é✓😀',
  '[a]',
  '/x/',
  '0',
] as const;
const NUMBERS = [0, 5, -1, 1.5, 1e21, 1e-7, 123456789012] as const;

/** A value of every kind, as JSON text. */
function json(next: Next, depth: number): string {
  switch (next(depth > 0 ? 7 : 4)) {
    case 0:
      return JSON.stringify(pick(next, [null, true, false]));
    case 1:
      return String(pick(next, NUMBERS));
    case 2:
    case 3:
      return JSON.stringify(pick(next, TEXTS));
    case 4:
      return `[${Array.from({ length: next(4) }, () => json(next, depth - 1)).join()}]`;
    default:
      return object(next, depth);
  }
}

function object(next: Next, depth: number): string {
  const members = NAMES.filter(() => next(3) > 0);
  return `{${members.map((name) => `${JSON.stringify(name)}:${json(next, depth - 1)}`).join()}}`;
}

/** Prints as Java does. */
function printed(value: unknown, isOutermost = true): string {
  if (value === undefined || value === null) return isOutermost ? '' : 'null';
  if (Array.isArray(value)) return `[${value.map((item) => printed(item, false)).join(', ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([name, item]) => `${name}=${printed(item, false)}`);
  return `{${pairs.join(', ')}}`;
}

/** A variable without its dollar sign, and what it is worth. */
interface Variable {
  readonly name: string;
  readonly value: string;
}

type Step = string | number;

/** One step of a path, in one of the ways it may be written. */
function stepText(next: Next, step: Step): string {
  if (typeof step === 'number') return pick(next, [`[${step}]`, `[ ${step} ]`]);
  const quoted = [`['${step.replaceAll("'", "\\'")}']`, `["${step.replaceAll('"', '\\"')}"]`];
  return /^[\w-]+$/.test(step) && next(3) > 0 ? `.${step}` : (quoted[next(2)] ?? '');
}

/** A walk through own members and items. */
function walk(document: unknown, steps: readonly Step[]): unknown {
  let value = document;
  for (const step of steps) {
    if (Array.isArray(value))
      value = typeof step === 'number' ? (value.at(step) as unknown) : undefined;
    else if (typeof value === 'object' && value !== null && typeof step === 'string') {
      value = Object.getOwnPropertyDescriptor(value, step)?.value as unknown;
    } else return undefined;
  }
  return value;
}

/** Steps that lead somewhere mostly: at each value to a member or item that may be there. */
function stepsInto(next: Next, document: unknown): Step[] {
  const steps: Step[] = [];
  let value = document;
  for (let count = next(5); count > 0; count--) {
    const step: Step = Array.isArray(value) && next(4) > 0 ? next(4) - 1 : pick(next, NAMES);
    steps.push(step);
    value = walk(value, [step]);
  }
  return steps;
}

/** A path below `prefix` into `document`. */
function path(next: Next, prefix: string, document: unknown): Variable {
  const steps = stepsInto(next, document);
  const name = prefix + steps.map((step) => stepText(next, step)).join('');
  return { name, value: printed(walk(document, steps)) };
}

const anyCase = (next: Next, name: string): string =>
  name.replace(/[a-z]/gi, (letter) =>
    next(2) === 0 ? letter.toUpperCase() : letter.toLowerCase(),
  );

const connection = testConnection({ authorizer: { principalId: 'u-481', tier: 'gold' } });
const stage = testStage({ variables: { v: '1' } });
const rawHeaders = ['X-Api-Key', 'k1', 'User-Agent', 'duel', 'x-api-key', 'k2'];
const ANSWER = { status: 404, headers: { 'Content-Type': 'text/plain', 'X-List': 'a,b , c' } };

const CONTEXT = {
  connectionId: connection.id,
  apiId: connection.apiId,
  stage: 'live',
  routeKey: '$default',
  'authorizer.principalId': 'u-481',
  'authorizer.tier': 'gold',
  'authorizer.none': '',
  'authorizer.constructor': '',
  'identity.sourceIp': connection.sourceIp,
  'identity.userArn': '',
} as const;
const HEADERS = { 'X-Api-Key': 'k2', 'User-Agent': 'duel', 'X-None': '' } as const;
const ANSWER_HEADERS = { 'Content-Type': 'text/plain', 'X-List': 'a,b , c', 'X-None': '' } as const;
const ANSWER_LISTS = {
  'Content-Type': '[text/plain]',
  'X-List': '[a, b, c]',
  'X-None': '',
} as const;

function named(next: Next, prefix: string, values: Readonly<Record<string, string>>): Variable {
  const names = Object.keys(values);
  const known = names[next(names.length)] ?? '';
  const name = prefix.includes('header') ? anyCase(next, known) : known;
  return { name: `${prefix}${name}`, value: values[known] ?? '' };
}

interface Documents {
  readonly message: unknown;
  readonly answer: unknown;
}

function bodyVariable(next: Next, { message }: Documents): Variable {
  return path(next, 'request.body', message);
}

function answerVariable(next: Next, { answer }: Documents): Variable {
  switch (next(5)) {
    case 0:
      return {
        name: pick(next, ['integration.response.statuscode', 'response.statuscode']),
        value: '404',
      };
    case 1:
      return named(next, 'integration.response.header.', ANSWER_HEADERS);
    case 2:
      return named(next, 'integration.response.multivalueheader.', ANSWER_LISTS);
    default:
      return path(next, 'integration.response.body', answer);
  }
}

/** Variables of each place, as AWS documents them. */
const PLACES: Readonly<Record<SelectionPlace, (next: Next, documents: Documents) => Variable>> = {
  route: bodyVariable,
  model: bodyVariable,
  requestTemplate: bodyVariable,
  integrationResponse: answerVariable,
  responseTemplate: (next, documents) =>
    (next(2) === 0 ? bodyVariable : answerVariable)(next, documents),
  apiKey: (next) =>
    next(2) === 0 ? named(next, 'request.header.', HEADERS) : named(next, 'context.', CONTEXT),
};

const escaped = (text: string): string => text.replaceAll(/[\\$]/g, '\\$&');

/** Text that would go on with a variable before it which has no braces. */
const GOES_ON = /^[\w\-.[]/;

interface Made {
  readonly text: string;
  readonly value: string;
  readonly readsMessage: boolean;
  /** Whether its last variable has no braces and nothing behind it. */
  readonly endsBare: boolean;
}

/** Up to five variables and texts in a row. */
function expression(next: Next, place: SelectionPlace, documents: Documents): Made {
  let made: Made = { text: '', value: '', readsMessage: false, endsBare: false };
  for (let count = next(5); count >= 0; count--) {
    if (next(2) === 0) {
      const literal = pick(next, [...TEXTS, '/', '-', '}', '{', ' ', '.', '.a', '[', '"']);
      if (made.endsBare && GOES_ON.test(literal)) continue;
      const endsBare = made.endsBare && literal === '';
      made = { ...made, text: made.text + escaped(literal), value: made.value + literal, endsBare };
      continue;
    }
    const { name, value } = PLACES[place](next, documents);
    const form = next(3);
    const variable = [`$${name}`, `\${${name}}`, `\${ ${name}\t}`][form] ?? '';
    made = {
      text: made.text + variable,
      value: made.value + value,
      readsMessage: made.readsMessage || name.startsWith('request.body'),
      endsBare: form === 0,
    };
  }
  return made;
}

const read = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Objects mostly; also lists, scalars and what is no JSON. */
function documentText(next: Next): string {
  switch (next(8)) {
    case 0:
      return json(next, 2);
    case 1:
      return pick(next, ['', 'no json', '{"a":', 'null', '5', '"a"']);
    default:
      return object(next, 3);
  }
}

test.each(Object.keys(PLACES) as SelectionPlace[])('%s', async (place) => {
  await fuzz(1500, (next) => {
    const texts = { message: documentText(next), answer: documentText(next) };
    const documents = { message: read(texts.message), answer: read(texts.answer) };
    const { text, value, readsMessage } = expression(next, place, documents);
    const body = new BufferBody(Buffer.from(texts.message));
    const answer = { ...ANSWER, body: new BufferBody(Buffer.from(texts.answer)) };
    const exchange = testMessage('', { connection, stage, request: testRequest({ rawHeaders }) });
    const scope: SelectionScope = { body, exchange, answer };
    const isReadable = typeof documents.message === 'object' && documents.message !== null;
    const expected = readsMessage && !isReadable ? undefined : value;
    const found = compileSelection(text, place).evaluate(scope);
    expect({ text, ...texts, found }).toEqual({ text, ...texts, found: expected });
    if (place === 'route') expect(compileRouteSelection(text)(body)).toBe(expected);
  });
});

/** Lists in lists, each with a text: every value stands in all that hold it. */
const nested = (depth: number, text: string): string =>
  `{"a":${'['.repeat(depth)}"${text}"${',0]'.repeat(depth)}}`;

test.each([
  ['$request.body..*', nested(250, 'x'.repeat(100_000))],
  ['$request.body..*..*', nested(200, 'x'.repeat(100_000))],
  ['$request.body..*..*', nested(400, '')],
  ['$request.body.a', `{"a":${'[['.repeat(30_000)}${']]'.repeat(30_000)}}`],
  ['$request.body', `{"a":{${Array.from({ length: 9000 }, (_, at) => `"k${at}":1`).join()}}}`],
])('%s prints a bounded text of a message made to be expensive', (text, message) => {
  const found = compileRouteSelection(text)(new BufferBody(Buffer.from(message)));
  expect(found?.length).toBeLessThan(17_000);
  expect(found).toMatch(/^[[{][^]*\.\.\.[^]*$/);
});

test('all searches of one expression share what they may visit', () => {
  const one = '${request.body..*..*}';
  const many = one.repeat(Math.floor(SELECTION_CHARACTERS / one.length));
  const body = (depth: number) => new BufferBody(Buffer.from(nested(depth, '')));
  const of = (text: string, depth: number) => compileRouteSelection(text)(body(depth)) ?? '';
  expect(of(one, 300)).not.toBe('[]');
  // The first finds what it finds alone; when nothing is left, the others find nothing.
  expect(of(many, 300).slice(0, of(one, 300).length)).toBe(of(one, 300));
  expect(of(many, 300).endsWith('[][][][][]')).toBe(true);
});
