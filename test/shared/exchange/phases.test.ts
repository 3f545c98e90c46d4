// Phases noted on an exchange: time, status, error, and what the phase itself tells.
import { expect, test } from 'vitest';
import { GatewayError } from '#shared/exchange/errors.ts';
import { inPhase } from '#shared/exchange/phases.ts';
import type { Phases } from '#shared/model/exchange.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { testMessage } from '../../support/exchange.ts';

test('a phase that succeeds', async () => {
  const clock = new TestClock(0);
  const phases: Phases = {};
  const result = await inPhase(testMessage('', { phases }), 'authorizer', {
    clock,
    run: (notes) => {
      clock.advance(7);
      notes.requestId = 'r';
      return 'done';
    },
  });
  expect(result).toBe('done');
  expect(phases).toEqual({ authorizer: { latency: 7, status: 200, requestId: 'r' } });
});

test.each([
  [new GatewayError('ACCESS_DENIED', 'secret detail'), { status: 403, error: 'Forbidden' }],
  [new TypeError('a bug'), { status: 500 }],
])('a phase that fails with %s', async (error, outcome) => {
  const phases: Phases = {};
  const run = () => Promise.reject(error);
  const options = { clock: new TestClock(0), run };
  await expect(inPhase(testMessage('', { phases }), 'authorize', options)).rejects.toBe(error);
  expect(phases).toEqual({ authorize: { latency: 0, ...outcome } });
});

test('without a place for notes a phase just runs', async () => {
  const options = { clock: new TestClock(0), run: () => 1 };
  await expect(inPhase(testMessage(''), 'authorize', options)).resolves.toBe(1);
});
