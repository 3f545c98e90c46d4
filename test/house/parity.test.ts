// docs/parity.md keeps its word: signs that mean something, tests that are there, reasons where there are none.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Row {
  readonly area: string;
  readonly behaviour: string;
  readonly sign: string;
  readonly note: string;
}

/** Areas in which what AWS does, or what we chose where it is not known, may not stand without a test. */
const PROVEN = new Set([
  'Addresses, TLS and listeners',
  'Handshake and connection life',
  'Routing and selection expressions',
  'Integrations, events and templates',
  '@connections',
  'Control plane',
  'API keys and usage plans',
  'Deployments and stages',
  'Stage settings: logs and metrics',
]);

const SIGNS = ['=', '≠', '?', '–'];
const rows = readFileSync('docs/parity.md', 'utf8').split(/^## /m).slice(1).flatMap(rowsOf);

function rowsOf(section: string): Row[] {
  const [area = '', ...lines] = section.split('\n');
  return lines
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([, first = '']) => first !== 'behaviour' && !/^-+$/.test(first))
    .map(([, behaviour = '', sign = '', note = '', end, ...more]) => {
      expect({ behaviour, end, more }).toEqual({ behaviour, end: '', more: [] });
      return { area, behaviour, sign, note };
    });
}

/** Tests that a note names: `shared/x.test.ts`, `services/{a,b}.test.ts`, `golden/events`, with or without `test/`. */
function testsOf(note: string): string[] {
  return [...note.matchAll(/`([^`\s]+)`/g)]
    .map(([, name = '']) => name.replace(/^test\//, ''))
    .filter((name) => name.endsWith('.test.ts') || /^(golden|contract|e2e)\//.test(name));
}

/** What a note says besides dates and names of tests. */
function reasonOf(note: string): string {
  return note.replaceAll(/`[^`\s]+`|\d{4}-\d\d-\d\d|[;,.\s]/g, '');
}

test('there are rows of every area', () => {
  const areas = new Set(rows.map(({ area }) => area));
  expect(rows.length).toBeGreaterThan(300);
  expect([...PROVEN].filter((area) => !areas.has(area))).toEqual([]);
});

test('every behaviour stands once and has one of the four signs', () => {
  expect(rows.filter(({ sign }) => !SIGNS.includes(sign))).toEqual([]);
  const names = rows.map(({ area, behaviour }) => `${area}: ${behaviour}`);
  expect(names.filter((name, at) => name.endsWith(': ') || names.indexOf(name) !== at)).toEqual([]);
});

test('every test that a row names is there', () => {
  const missing = rows.flatMap(({ behaviour, note }) =>
    testsOf(note)
      .filter((name) => !existsSync(`test/${name}`) && globSync(`test/${name}`).length === 0)
      .map((name) => ({ behaviour, name })),
  );
  expect(missing).toEqual([]);
});

test('every row names a test or says why there is none', () => {
  const bare = rows.filter(({ note }) => testsOf(note).length === 0 && reasonOf(note).length < 3);
  expect(bare).toEqual([]);
});

test('in the areas of WebSocket APIs nothing is claimed without a test', () => {
  const claimed = rows.filter(({ area, sign }) => PROVEN.has(area) && /[=?]/.test(sign));
  const unproven = claimed.filter(({ note }) => testsOf(note).length === 0);
  expect(unproven.map(({ behaviour }) => behaviour)).toEqual([]);
});
