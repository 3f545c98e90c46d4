// Usage plans and their keys: create, get, list, update, delete; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, given } from '../../../../support/control-desk.ts';
import { expectFault } from '../../../../support/refusals.ts';

type Input = Parameters<ControlDesk['v1']['CreateUsagePlan']>[0];

/** A WebSocket api with the stages `live` and `beta`. */
async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'live' });
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'beta' });
  const plan = async (input: Partial<Input> = {}) =>
    given((await desk.call1('CreateUsagePlan', { name: 'p', ...input })).id);
  const key = async (name = 'k') => given((await desk.call1('CreateApiKey', { name })).id);
  const link = (usagePlanId: string, keyId: string) =>
    desk.call1('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
  const update = (usagePlanId: string, ...list: [string, string, (string | undefined)?][]) =>
    desk.call1('UpdateUsagePlan', {
      usagePlanId,
      patchOperations: list.map(([op, path, value]) => ({
        op: op as 'add',
        path,
        ...(value !== undefined && { value }),
      })),
    });
  const live = { apiId, stage: 'live' };
  return { desk, apiId, live, plan, key, link, update };
}

test('a plan with everything comes back as it was given', async () => {
  const { desk, live } = await place();
  const throttle = { $connect: { burstLimit: 1, rateLimit: 0.5 } };
  const made = await desk.call1('CreateUsagePlan', {
    name: 'gold',
    description: 'd',
    apiStages: [{ ...live, throttle }],
    throttle: { burstLimit: 5, rateLimit: 2 },
    quota: { limit: 10, period: 'MONTH' },
    tags: { a: '1' },
  });
  expect(made).toEqual({
    id: expect.stringMatching(/^[a-z0-9]{6}$/) as unknown,
    name: 'gold',
    description: 'd',
    apiStages: [{ ...live, throttle }],
    throttle: { burstLimit: 5, rateLimit: 2 },
    quota: { limit: 10, offset: 0, period: 'MONTH' },
    tags: { a: '1' },
  });
  expect(await desk.call1('GetUsagePlan', { usagePlanId: given(made.id) })).toEqual(made);
});

test.each<[string, Partial<Input>, number, string]>([
  ['a blank name', { name: '' }, 400, 'Usage Plan name cannot be blank'],
  ['a stage without a name', { apiStages: [{ apiId: 'a' }] }, 400, 'Invalid API Stage specified'],
  [
    'an unknown api',
    { apiStages: [{ apiId: 'a', stage: 's' }] },
    404,
    'Invalid API Stage {api: a, stage: s} specified for usageplan ',
  ],
  [
    'no period',
    { quota: { limit: 1 } },
    400,
    'Invalid quota period specified. Must be one of [DAY, WEEK, MONTH]',
  ],
  [
    'an unknown period',
    { quota: { limit: 1, period: 'YEAR' as 'DAY' } },
    400,
    'Invalid quota period',
  ],
  ['no limit', { quota: { period: 'DAY' } }, 400, 'Invalid quota limit specified'],
  [
    'half a request',
    { quota: { limit: 0.5, period: 'DAY' } },
    400,
    'Invalid quota limit specified',
  ],
  [
    'an offset below 0',
    { quota: { limit: 1, offset: -1, period: 'DAY' } },
    400,
    'Invalid quota offset specified',
  ],
  ['a rate below 0', { throttle: { rateLimit: -1 } }, 400, 'Invalid throttle rate limit specified'],
  [
    'a burst below 0',
    { throttle: { burstLimit: -1 } },
    400,
    'Invalid throttle burst limit specified',
  ],
  ['a tag of AWS', { tags: { 'aws:x': '1' } }, 400, 'Tag keys may not begin with aws:'],
])('%s is refused', async (_, input, status, message) => {
  const { plan, desk } = await place();
  await expectFault(plan(input), { status, message });
  expect((await desk.call1('GetUsagePlans', {})).items).toEqual([]);
});

test('a stage twice, or of another region, is refused', async () => {
  const { desk, live, plan } = await place();
  const twice = plan({ apiStages: [live, live] });
  await expectFault(twice, { status: 400, message: 'Invalid API Stage specified' });
  const far = desk.call1('CreateUsagePlan', { name: 'p', apiStages: [live] }, 'us-east-1');
  await expectFault(far, { status: 404, message: 'Invalid API Stage' });
});

test('updates by path', async () => {
  const { apiId, live, plan, update } = await place();
  const id = await plan({ apiStages: [live], description: 'd' });
  const at = `/apiStages/${apiId}:live/throttle`;
  const all = await update(
    id,
    ['replace', '/name', 'n'],
    ['replace', '/description', ''],
    ['add', '/productCode', 'c'],
    ['add', '/apiStages', `${apiId}:beta`],
    ['add', '/throttle/burstLimit', '7'],
    ['replace', '/throttle/rateLimit', '1.5'],
    ['add', '/quota/limit', '9'],
    ['add', '/quota/period', 'WEEK'],
    ['replace', '/quota/offset', '2'],
    ['add', `${at}/$connect/rateLimit`, '3'],
    ['replace', `${at}/$connect/burstLimit`, '4'],
    ['add', `${at}/~1pets/GET/rateLimit`, '5'],
  );
  expect(all).toEqual({
    id,
    name: 'n',
    productCode: 'c',
    apiStages: [
      {
        ...live,
        throttle: { $connect: { rateLimit: 3, burstLimit: 4 }, '/pets/GET': { rateLimit: 5 } },
      },
      { apiId, stage: 'beta' },
    ],
    throttle: { burstLimit: 7, rateLimit: 1.5 },
    quota: { limit: 9, offset: 2, period: 'WEEK' },
    tags: {},
  });
  const less = await update(
    id,
    ['remove', `${at}/~1pets/GET`],
    ['remove', '/apiStages', `${apiId}:beta`],
    ['remove', '/throttle'],
    ['remove', '/quota'],
    ['remove', '/productCode'],
  );
  expect(less).toEqual({
    id,
    name: 'n',
    apiStages: [{ ...live, throttle: { $connect: { rateLimit: 3, burstLimit: 4 } } }],
    tags: {},
  });
  const map = JSON.stringify({ ask: { rateLimit: 1, burstLimit: 2 } });
  expect((await update(id, ['add', at, map])).apiStages).toEqual([
    { ...live, throttle: { ask: { rateLimit: 1, burstLimit: 2 } } },
  ]);
  expect((await update(id, ['remove', at])).apiStages).toEqual([live]);
});

test.each<[string, string, string | undefined, number, string]>([
  [
    'replace',
    '/id',
    'x',
    400,
    "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /description, /productCode, ",
  ],
  [
    'remove',
    '/apiStages/x:y',
    undefined,
    400,
    'Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]',
  ],
  ['replace', '/name', '', 400, 'Usage Plan name cannot be blank'],
  ['add', '/apiStages', 'nocolon', 400, 'Invalid API Stage specified'],
  [
    'add',
    '/apiStages',
    'a:b',
    404,
    'Invalid API Stage {api: a, stage: b} specified for usageplan ',
  ],
  [
    'remove',
    '/apiStages',
    'a:b',
    404,
    'Invalid API Stage {api: a, stage: b} specified for usageplan ',
  ],
  ['add', '/apiStages/a:b/throttle/x/rateLimit', '1', 404, 'Invalid API Stage {api: a, stage: b}'],
  ['add', '/throttle/rateLimit', '-1', 400, 'Invalid value for rateLimit: -1'],
  ['add', '/throttle/burstLimit', '1.5', 400, 'Invalid throttle burst limit specified'],
  ['add', '/quota/limit', '5', 400, 'Invalid quota period specified'],
  ['add', '/quota/period', 'YEAR', 400, 'Invalid quota period specified'],
])('%s %s with %s is refused', async (op, path, value, status, message) => {
  const { desk, plan, update } = await place();
  const id = await plan();
  await expectFault(update(id, [op, path, value]), { status, message });
  expect(await desk.call1('GetUsagePlan', { usagePlanId: id })).toMatchObject({ name: 'p' });
});

test.each(['[]', '1', '{', '{"a":1}', '{"a":{"rateLimit":"x"}}'])(
  'the throttle map %s is refused',
  async (map) => {
    const { apiId, live, plan, update } = await place();
    const id = await plan({ apiStages: [live] });
    await expectFault(update(id, ['add', `/apiStages/${apiId}:live/throttle`, map]), {
      status: 400,
    });
  },
);

test('lists of plans, also of those with a key, in pages', async () => {
  const { desk, plan, key, link } = await place();
  const ids = [await plan(), await plan(), await plan()].sort();
  const keyId = await key();
  await link(given(ids[1]), keyId);
  const { items, position } = await desk.call1('GetUsagePlans', { limit: 2 });
  expect(items?.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const rest = await desk.call1('GetUsagePlans', { position: given(position) });
  expect(rest.items?.map(({ id }) => id)).toEqual(ids.slice(2));
  const withKey = await desk.call1('GetUsagePlans', { keyId });
  expect(withKey.items?.map(({ id }) => id)).toEqual([ids[1]]);
});

test('a plan goes when its stages have left it, with its keys', async () => {
  const { desk, apiId, live, plan, key, link, update } = await place();
  const usagePlanId = await plan({ apiStages: [live] });
  const keyId = await key();
  await link(usagePlanId, keyId);
  await expectFault(desk.call1('DeleteUsagePlan', { usagePlanId }), {
    status: 400,
    message: `Cannot delete Usage Plan ${usagePlanId} because there are API Stages associated with it, including ${apiId}:live`,
  });
  await update(usagePlanId, ['remove', '/apiStages', `${apiId}:live`]);
  await desk.call1('DeleteUsagePlan', { usagePlanId });
  expect((await desk.call1('GetUsagePlans', { keyId })).items).toEqual([]);
});

test('a stage that is deleted, alone or with its api, leaves its plans', async () => {
  const { desk, apiId, live, plan } = await place();
  const both = [live, { apiId, stage: 'beta' }];
  const usagePlanId = await plan({ apiStages: both });
  await plan();
  const stages = async () => (await desk.call1('GetUsagePlan', { usagePlanId })).apiStages;
  desk.usage.length = 0;
  await desk.call('DeleteStage', { ApiId: apiId, StageName: 'live' });
  expect(await stages()).toEqual([{ apiId, stage: 'beta' }]);
  await desk.call('DeleteApi', { ApiId: apiId });
  expect(await stages()).toEqual([]);
  expect(desk.usage).toEqual(Array(2).fill({ kind: 'plan', region: 'eu-west-1', id: usagePlanId }));
  await desk.call1('DeleteUsagePlan', { usagePlanId });
});

test('operations on a plan that is not there', async () => {
  const { desk } = await place();
  const usagePlanId = 'nope';
  const keyId = 'nope';
  const refusal = { status: 404, message: 'Invalid Usage Plan ID specified' };
  await expectFault(desk.call1('GetUsagePlan', { usagePlanId }), refusal);
  await expectFault(desk.call1('UpdateUsagePlan', { usagePlanId }), refusal);
  await expectFault(desk.call1('DeleteUsagePlan', { usagePlanId }), refusal);
  await expectFault(
    desk.call1('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' }),
    refusal,
  );
  await expectFault(desk.call1('GetUsagePlanKey', { usagePlanId, keyId }), refusal);
  await expectFault(desk.call1('DeleteUsagePlanKey', { usagePlanId, keyId }), refusal);
  expect(await desk.call1('GetUsagePlanKeys', { usagePlanId })).toEqual({ items: [] });
});

test('keys of a plan: create, get, list, delete', async () => {
  const { desk, plan, key, link } = await place();
  const usagePlanId = await plan();
  const ids = [await key('one'), await key('two')].sort();
  const [keyId = '', other = ''] = ids;
  const { value } = await desk.call1('GetApiKey', { apiKey: keyId, includeValue: true });
  const made = await link(usagePlanId, keyId);
  expect(made).toMatchObject({ id: keyId, type: 'API_KEY', value });
  expect(await desk.call1('GetUsagePlanKey', { usagePlanId, keyId })).toEqual(made);
  await link(usagePlanId, other);
  const page = await desk.call1('GetUsagePlanKeys', { usagePlanId, limit: 1 });
  expect(page.items?.map(({ id }) => id)).toEqual([keyId]);
  const next = await desk.call1('GetUsagePlanKeys', {
    usagePlanId,
    position: given(page.position),
  });
  expect(next.items?.map(({ id }) => id)).toEqual([other]);
  const named = await desk.call1('GetUsagePlanKeys', { usagePlanId, nameQuery: 'tw' });
  expect(named.items?.map(({ name }) => name)).toEqual(['two']);
  await desk.call1('DeleteUsagePlanKey', { usagePlanId, keyId });
  for (const name of ['GetUsagePlanKey', 'DeleteUsagePlanKey'] as const) {
    await expectFault(desk.call1(name, { usagePlanId, keyId }), {
      status: 404,
      message: 'Invalid API Key identifier specified',
    });
  }
});

test('a key that is not there, is in the plan already, or of another type', async () => {
  const { desk, plan, key, link } = await place();
  const usagePlanId = await plan();
  const keyId = await key();
  await link(usagePlanId, keyId);
  await expectFault(link(usagePlanId, keyId), {
    status: 409,
    message: 'Usage plan key already exists',
  });
  await expectFault(link(usagePlanId, 'nope'), {
    status: 404,
    message: 'Invalid API Key identifier specified',
  });
  const other = desk.call1('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'OTHER' });
  await expectFault(other, { status: 400, message: 'Invalid key type specified' });
});

test('a key is in one plan per stage, whichever way it would get into two', async () => {
  const { apiId, live, plan, key, link, update } = await place();
  const keyId = await key();
  const first = await plan({ apiStages: [live] });
  const second = await plan({ apiStages: [live] });
  const third = await plan({ apiStages: [{ apiId, stage: 'beta' }] });
  await link(first, keyId);
  await link(third, keyId);
  const message = `API Key ${keyId} is in usage plan ${first} for API Stage {api: ${apiId}, stage: live} already`;
  await expectFault(link(second, keyId), { status: 409, message });
  await expectFault(update(third, ['add', '/apiStages', `${apiId}:live`]), {
    status: 409,
    message,
  });
  await update(first, ['replace', '/name', 'free to change']);
});

test('every change is announced and waited for', async () => {
  const { desk, plan, key, link } = await place();
  const usagePlanId = await plan();
  const keyId = await key();
  await link(usagePlanId, keyId);
  await desk.call1('DeleteApiKey', { apiKey: keyId });
  const region = 'eu-west-1';
  const wanted = [
    { kind: 'plan', region, id: usagePlanId },
    { kind: 'key', region, id: keyId },
    { kind: 'link', region, id: `${usagePlanId}#${keyId}` },
    { kind: 'key', region, id: keyId },
    { kind: 'link', region, id: `${usagePlanId}#${keyId}` },
  ];
  expect(desk.usage).toEqual(wanted);
  expect(desk.usageApplied).toEqual(wanted);
});
