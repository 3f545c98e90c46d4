// The catalogue of failures and its documentation say the same.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GATEWAY_ERRORS, GatewayError } from '#shared/exchange/errors.ts';

test('docs/errors.md lists every entry with its status, message and type', () => {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| ([A-Z_]+) +\| +(\d{3}) \| (.+?) +\| (\w+) +\|/gm)];
  const documented: Record<string, unknown> = Object.fromEntries(
    rows.map(([, type = '', status, message, errorType]): [string, unknown] => [
      type,
      { status: Number(status), message, errorType },
    ]),
  );
  expect(documented).toEqual(GATEWAY_ERRORS);
});

test('a failure carries its status and keeps its detail from the client', () => {
  const error = new GatewayError('INTEGRATION_TIMEOUT', 'function x took 29 s');
  expect(error.status).toBe(504);
  expect(error.message).toBe('Endpoint request timed out');
  expect(error.detail).toBe('function x took 29 s');
});
