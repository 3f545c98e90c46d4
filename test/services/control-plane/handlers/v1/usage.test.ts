// What was used of plans, and the tags of keys and plans.
import { expect, test } from 'vitest';
import type { UsageDay } from '#shared/model/usage.ts';
import { usageDayKey } from '#shared/store/keys.ts';
import { ControlDesk, given } from '../../../../support/control-desk.ts';
import { expectFault } from '../../../../support/refusals.ts';

/** A plan of 10 a month with two keys; the first has used 3 on new year's day and 4 on the day after, which is today. */
async function place() {
  const desk = new ControlDesk();
  const made = await desk.call1('CreateUsagePlan', {
    name: 'p',
    quota: { limit: 10, period: 'MONTH' },
  });
  const usagePlanId = given(made.id);
  const ids: string[] = [];
  for (const name of ['a', 'b']) {
    const keyId = given((await desk.call1('CreateApiKey', { name })).id);
    await desk.call1('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
    ids.push(keyId);
  }
  const [first = '', second = ''] = ids;
  const put = async (keyId: string, day: string, used: number): Promise<void> => {
    const value: UsageDay = { used, granted: 0 };
    const key = usageDayKey({ region: 'eu-west-1', planId: usagePlanId, keyId }, day);
    await desk.store.commit([{ op: 'put', key, value }]);
  };
  await put(first, '2025-12-31', 9);
  await put(first, '2026-01-01', 3);
  await put(first, '2026-01-02', 4);
  const remaining = (value: string, keyId = first) =>
    desk.call1('UpdateUsage', {
      usagePlanId,
      keyId,
      patchOperations: [{ op: 'replace', path: '/remaining', value }],
    });
  return { desk, usagePlanId, first, second, remaining };
}

const SPAN = { startDate: '2025-12-31', endDate: '2026-01-03' };

test('a pair for each day and key', async () => {
  const { desk, usagePlanId, first, second } = await place();
  const usage = await desk.call1('GetUsage', { usagePlanId, ...SPAN });
  const untouched = Array.from({ length: 4 }, () => [0, 10]);
  const own = [
    [9, 1],
    [3, 7],
    [4, 3],
    [0, 3],
  ];
  expect(usage).toEqual({ usagePlanId, ...SPAN, items: { [first]: own, [second]: untouched } });
  expect(desk.flushes.map((keys) => keys.map(({ keyId }) => keyId).sort())).toEqual([
    [first, second].sort(),
  ]);
  const one = await desk.call1('GetUsage', { usagePlanId, ...SPAN, keyId: first });
  expect(one.items).toEqual({ [first]: own });
  const page = await desk.call1('GetUsage', { usagePlanId, ...SPAN, limit: 1 });
  const rest = await desk.call1('GetUsage', {
    usagePlanId,
    ...SPAN,
    position: given(page.position),
  });
  expect({ ...page.items, ...rest.items }).toEqual(usage.items);
});

test('a plan without a quota has -1 remaining; an offset counts in the first period', async () => {
  const { desk, usagePlanId, first } = await place();
  const change = (op: 'add' | 'remove', path: string, value = '') =>
    desk.call1('UpdateUsagePlan', { usagePlanId, patchOperations: [{ op, path, value }] });
  await change('add', '/quota/offset', '2');
  const at = { usagePlanId, keyId: first };
  const days = { startDate: '2026-01-31', endDate: '2026-02-01' };
  expect((await desk.call1('GetUsage', { ...at, ...days })).items).toEqual({
    [first]: [
      [0, 1],
      [0, 10],
    ],
  });
  await change('remove', '/quota');
  const today = { startDate: '2026-01-02', endDate: '2026-01-02' };
  expect((await desk.call1('GetUsage', { ...at, ...today })).items).toEqual({ [first]: [[4, -1]] });
  await expectFault(
    desk.call1('UpdateUsage', {
      ...at,
      patchOperations: [{ op: 'replace', path: '/remaining', value: '1' }],
    }),
    { status: 400, message: 'Usage Plan has no quota' },
  );
});

test.each([
  [
    'a date that is none',
    { startDate: '2026-02-30', endDate: '2026-03-01' },
    'Invalid date specified: 2026-02-30',
  ],
  [
    'an end before the start',
    { startDate: '2026-01-02', endDate: '2026-01-01' },
    'The end date must not be before',
  ],
  ['more than a year', { startDate: '2020-01-01', endDate: '2026-01-01' }, 'At most 366 days'],
])('%s is refused', async (_, span, message) => {
  const { desk, usagePlanId } = await place();
  await expectFault(desk.call1('GetUsage', { usagePlanId, ...span }), { status: 400, message });
});

test('what remains of today’s period can be set, up and down, and is announced', async () => {
  const { desk, usagePlanId, first, second, remaining } = await place();
  const today = { startDate: '2026-01-02', endDate: '2026-01-02' };
  expect(await remaining('50')).toEqual({ usagePlanId, ...today, items: { [first]: [[4, 50]] } });
  expect(desk.usage.at(-1)).toEqual({
    kind: 'usage',
    region: 'eu-west-1',
    id: `${usagePlanId}#${first}`,
  });
  expect(await remaining('0')).toMatchObject({ items: { [first]: [[4, 0]] } });
  expect(await remaining('7', second)).toMatchObject({ items: { [second]: [[0, 7]] } });
  const next = { startDate: '2026-02-01', endDate: '2026-02-01' };
  const { items } = await desk.call1('GetUsage', { usagePlanId, ...next });
  expect(items).toEqual({ [first]: [[0, 10]], [second]: [[0, 10]] });
});

test.each([
  ['-1', 'Invalid value for remaining: -1'],
  ['x', 'Invalid value for remaining: x'],
])('%s cannot remain', async (value, message) => {
  const { remaining } = await place();
  await expectFault(remaining(value), { status: 400, message });
});

test('of plans, keys and paths that are not there', async () => {
  const { desk, usagePlanId, first } = await place();
  const noPlan = { status: 404, message: 'Invalid Usage Plan ID specified' };
  const noKey = { status: 404, message: 'Invalid API Key identifier specified' };
  await expectFault(desk.call1('GetUsage', { usagePlanId: 'nope', ...SPAN }), noPlan);
  await expectFault(desk.call1('UpdateUsage', { usagePlanId: 'nope', keyId: first }), noPlan);
  await expectFault(desk.call1('GetUsage', { usagePlanId, ...SPAN, keyId: 'nope' }), noKey);
  await expectFault(desk.call1('UpdateUsage', { usagePlanId, keyId: 'nope' }), noKey);
  const patchOperations = [{ op: 'add' as const, path: '/remaining', value: '1' }];
  await expectFault(desk.call1('UpdateUsage', { usagePlanId, keyId: first, patchOperations }), {
    status: 400,
    message:
      "Invalid patch path  '/remaining' specified for op 'add'. Please choose supported operations",
  });
});

test.each(['apikeys', 'usageplans'])('tags of %s', async (kind) => {
  const { desk, usagePlanId, first } = await place();
  const id = kind === 'apikeys' ? first : usagePlanId;
  const resourceArn = `arn:aws:apigateway:eu-west-1::/${kind}/${id}`;
  expect(await desk.call1('GetTags', { resourceArn })).toEqual({ tags: {} });
  await desk.call1('TagResource', { resourceArn, tags: { a: '1', b: '2' } });
  await desk.call1('UntagResource', { resourceArn, tagKeys: ['a', 'z'] });
  expect(await desk.call1('GetTags', { resourceArn })).toEqual({ tags: { b: '2' } });
  const shown =
    kind === 'apikeys'
      ? await desk.call1('GetApiKey', { apiKey: id })
      : await desk.call1('GetUsagePlan', { usagePlanId: id });
  expect(shown.tags).toEqual({ b: '2' });
  const many = Object.fromEntries([...Array(50).keys()].map((n) => [`k${n}`, '']));
  await expectFault(desk.call1('TagResource', { resourceArn, tags: many }), {
    status: 400,
    message: 'A resource can have at most 50 tags',
  });
});

test.each([
  ['not an ARN', 400, 'Invalid ARN specified in the request'],
  ['arn:aws:apigateway:eu-west-1::/restapis/x', 404, 'Invalid resource identifier specified arn:'],
  [
    'arn:aws:apigateway:eu-west-1::/apikeys/nope',
    404,
    'Invalid resource identifier specified arn:',
  ],
  [
    'arn:aws:apigateway:us-east-1::/apikeys/nope',
    404,
    'Invalid resource identifier specified arn:',
  ],
])('no tags of %s', async (resourceArn, status, message) => {
  const { desk } = await place();
  await expectFault(desk.call1('GetTags', { resourceArn }), { status, message });
  await expectFault(desk.call1('TagResource', { resourceArn, tags: { a: '1' } }), {
    status,
    message,
  });
  await expectFault(desk.call1('UntagResource', { resourceArn, tagKeys: ['a'] }), {
    status,
    message,
  });
});
