// The account's settings: the node's limits as AWS tells them, and a role that is kept.
import { expect, test } from 'vitest';
import { ControlDesk } from '../../../../support/control-desk.ts';
import { expectFault } from '../../../../support/refusals.ts';

const ROLE = 'arn:aws:iam::000000000000:role/logs';
const FRESH = {
  throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
  features: ['UsagePlans'],
  apiKeyVersion: '4',
};

const update = (desk: ControlDesk, op: string, path: string, value?: string) =>
  desk.call1('UpdateAccount', {
    patchOperations: [{ op: op as 'replace', path, ...(value !== undefined && { value }) }],
  });

test('a fresh account has AWS’s limits and usage plans', async () => {
  expect(await new ControlDesk().call1('GetAccount', {})).toEqual(FRESH);
});

test('the limits are those of the node; without any there are no throttle settings', async () => {
  const own = new ControlDesk({ limits: { requestsPerSecond: 7.5, requestBurst: 3 } });
  expect(await own.call1('GetAccount', {})).toMatchObject({
    throttleSettings: { burstLimit: 3, rateLimit: 7.5 },
  });
  const open = new ControlDesk({ limits: { requestsPerSecond: Infinity } });
  expect(await open.call1('GetAccount', {})).not.toHaveProperty('throttleSettings');
});

test('a role for logs is kept, and removed by an empty text', async () => {
  const desk = new ControlDesk();
  const withRole = { ...FRESH, cloudwatchRoleArn: ROLE };
  expect(await update(desk, 'replace', '/cloudwatchRoleArn', ROLE)).toEqual(withRole);
  expect(await desk.call1('GetAccount', {})).toEqual(withRole);
  expect(await update(desk, 'add', '/features', 'UsagePlans')).toEqual(withRole);
  expect(await update(desk, 'replace', '/cloudwatchRoleArn', '')).toEqual(FRESH);
  expect(await desk.call1('GetAccount', {})).toEqual(FRESH);
});

test.each([
  ['replace', '/cloudwatchRoleArn', 'logs', 'Invalid ARN specified in the request'],
  ['add', '/features', 'Flying', 'Invalid feature specified: Flying'],
  ['remove', '/features', 'UsagePlans', 'Usage Plans cannot be disabled once they are enabled'],
  ['replace', '/throttleSettings/rateLimit', '1', "Invalid patch path  '/throttleSettings/rateL"],
])('%s %s with %s is refused', async (op, path, value, message) => {
  const desk = new ControlDesk();
  await expectFault(update(desk, op, path, value), { status: 400, message });
  expect(await desk.call1('GetAccount', {})).toEqual(FRESH);
});
