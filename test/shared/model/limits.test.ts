// The numbers of the two profiles, as AWS's quota pages have them and as docs/limits.md tells them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AWS_LIMITS, OPEN_LIMITS, type Limits } from '#shared/model/limits.ts';

const KB = 1024;
const MINUTES = 60_000;

/** Rows of AWS's quotas for WebSocket APIs: what it is, the limit's name, AWS's number, whether `open` lifts or raises it. */
const QUOTAS: readonly (readonly [string, keyof Limits, number, 'lifted' | 'raised'])[] = [
  ['new connections per second', 'connectionsPerSecond', 500, 'lifted'],
  ['requests per second of the account', 'requestsPerSecond', 10_000, 'lifted'],
  ['requests at once', 'requestBurst', 5000, 'lifted'],
  ['Lambda authorizers per API', 'authorizersPerApi', 10, 'lifted'],
  ['authorizer result size', 'authorizerResultBytes', 8 * KB, 'raised'],
  ['routes per API', 'routesPerApi', 300, 'lifted'],
  ['integrations per API', 'integrationsPerApi', 300, 'lifted'],
  ['stages per API', 'stagesPerApi', 10, 'lifted'],
  ['integration timeout', 'integrationTimeoutMs', 29_000, 'raised'],
  ['frame size', 'frameBytes', 32 * KB, 'raised'],
  ['message size', 'messageBytes', 128 * KB, 'raised'],
  ['a mapping template in the model', 'templateCharacters', 32 * KB, 'raised'],
  ['connection duration', 'connectionMs', 120 * MINUTES, 'lifted'],
  ['idle connection', 'idleMs', 10 * MINUTES, 'lifted'],
  ['URL length', 'urlBytes', 4096, 'raised'],
  ['access log template', 'accessLogFormatBytes', 3 * KB, 'raised'],
  ['tags per stage', 'tagsPerResource', 50, 'raised'],
  ['event of an execution log', 'logEventBytes', KB, 'raised'],
];

test.each(QUOTAS)('%s: %s is %i, and %s by profile open', (_quota, name, number, open) => {
  expect(AWS_LIMITS[name]).toBe(number);
  if (open === 'lifted') expect(OPEN_LIMITS[name]).toBe(Infinity);
  else expect(OPEN_LIMITS[name]).toBeGreaterThan(number);
});

test('profile open lowers nothing', () => {
  for (const [name, number] of Object.entries(AWS_LIMITS)) {
    expect(OPEN_LIMITS[name as keyof Limits], name).toBeGreaterThanOrEqual(number as number);
  }
});

test('docs/limits.md lists every limit with its numbers', () => {
  const text = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| ([\d.inf]+) +\| ([\d.inf]+) +\| \S/gm)];
  const number = (cell = ''): number => (cell === '.inf' ? Infinity : Number(cell));
  expect(rows.map(([, name, aws, open]) => [name, number(aws), number(open)])).toEqual(
    Object.entries(AWS_LIMITS).map(([name, aws]: [string, number]) => [
      name,
      aws,
      OPEN_LIMITS[name as keyof Limits],
    ]),
  );
});
