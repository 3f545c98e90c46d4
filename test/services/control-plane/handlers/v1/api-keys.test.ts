// API keys: create, get, list, update, delete, import; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, given } from '../../../../support/control-desk.ts';
import { expectFault } from '../../../../support/refusals.ts';

const VALUE = 'a-value-of-twenty-ch';
const NOW = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
type Input = Parameters<ControlDesk['v1']['CreateApiKey']>[0];

async function key(desk: ControlDesk, input: Input = {}): Promise<string> {
  return given((await desk.call1('CreateApiKey', input)).id);
}

test('a key is disabled, has a value of its own, and tags only when it was given some', async () => {
  const desk = new ControlDesk();
  const made = await desk.call1('CreateApiKey', { name: 'n', description: '', value: '' });
  expect(made).toEqual({
    id: expect.stringMatching(/^[a-z0-9]{10}$/) as unknown,
    value: expect.stringMatching(/^[A-Za-z0-9]{40}$/) as unknown,
    name: 'n',
    enabled: false,
    createdDate: NOW,
    lastUpdatedDate: NOW,
    stageKeys: [],
  });
  const full = await desk.call1('CreateApiKey', {
    value: VALUE,
    customerId: 'c',
    enabled: true,
    stageKeys: [{ restApiId: 'a', stageName: 's' }],
    tags: { t: '1' },
  });
  const tagged = {
    value: VALUE,
    customerId: 'c',
    enabled: true,
    stageKeys: ['a/s'],
    tags: { t: '1' },
  };
  expect(full).toMatchObject(tagged);
  expect(full).not.toHaveProperty('name');
});

test.each<[string, Input, number, string]>([
  [
    'a long name',
    { name: 'x'.repeat(1025) },
    400,
    'Invalid API Key name, can be at most 1024 characters.',
  ],
  [
    'a short value',
    { value: 'x'.repeat(19) },
    400,
    'API Key value should be at least 20 characters',
  ],
  [
    'a long value',
    { value: 'x'.repeat(129) },
    400,
    'API Key value exceeds maximum size of 128 characters',
  ],
  [
    'a long description',
    { description: 'x'.repeat(125_001) },
    400,
    'Invalid API Key description specified.',
  ],
  ['a value that is taken', { value: VALUE }, 409, 'API Key already exists'],
  ['a tag of AWS', { tags: { 'aws:x': '1' } }, 400, 'Tag keys may not begin with aws:'],
])('%s is refused', async (_, input, status, message) => {
  const desk = new ControlDesk();
  await key(desk, { value: VALUE });
  await expectFault(desk.call1('CreateApiKey', input), { status, message });
});

test('values are taken by region, and at most by one of two at once', async () => {
  const desk = new ControlDesk();
  const both = await Promise.allSettled([key(desk, { value: VALUE }), key(desk, { value: VALUE })]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await desk.call1('CreateApiKey', { value: VALUE }, 'us-east-1');
});

test('a value is shown when asked for', async () => {
  const desk = new ControlDesk();
  const id = await key(desk, { value: VALUE });
  expect(await desk.call1('GetApiKey', { apiKey: id })).not.toHaveProperty('value');
  expect(await desk.call1('GetApiKey', { apiKey: id, includeValue: true })).toMatchObject({
    value: VALUE,
  });
  await expectFault(desk.call1('GetApiKey', { apiKey: id }, 'us-east-1'), {
    status: 404,
    message: 'Invalid API Key identifier specified',
  });
});

test('lists: newest first, by prefix, by customer, in pages', async () => {
  const desk = new ControlDesk();
  for (const name of ['one', 'two', 'On', 'onto']) {
    await key(desk, { name, ...(name === 'two' && { customerId: 'c' }) });
    desk.clock.advance(1000);
  }
  await desk.call1('CreateApiKey', { name: 'far' }, 'us-east-1');
  const names = async (input: object) => {
    const { items = [], position } = await desk.call1('GetApiKeys', input);
    return { names: items.map(({ name }) => name), position };
  };
  expect(await names({})).toEqual({ names: ['onto', 'On', 'two', 'one'], position: undefined });
  expect((await names({ nameQuery: 'on' })).names).toEqual(['onto', 'one']);
  expect((await names({ customerId: 'c' })).names).toEqual(['two']);
  const first = await names({ limit: 3 });
  expect(first.names).toEqual(['onto', 'On', 'two']);
  await key(desk, { name: 'new' });
  expect(await names({ limit: 3, position: first.position })).toEqual({
    names: ['one'],
    position: undefined,
  });
  expect((await names({ limit: -1 })).names).toEqual(['new']);
  await expectFault(desk.call1('GetApiKeys', { position: 'x' }), {
    status: 400,
    message: 'Invalid position parameter specified',
  });
  const { items = [] } = await desk.call1('GetApiKeys', { limit: 1 });
  expect(items[0]).not.toHaveProperty('value');
  const shown = await desk.call1('GetApiKeys', { limit: 1, includeValues: true });
  expect(shown.items?.[0]?.value).toHaveLength(40);
});

const patches = (...list: [string, string, string][]) =>
  list.map(([op, path, value]) => ({ op: op as 'add', path, value }));

test('updates by path; never the value', async () => {
  const desk = new ControlDesk();
  const id = await key(desk, { name: 'n', description: 'd' });
  desk.clock.advance(5000);
  const updated = await desk.call1('UpdateApiKey', {
    apiKey: id,
    patchOperations: patches(
      ['replace', '/name', 'm'],
      ['replace', '/description', ''],
      ['replace', '/enabled', 'true'],
      ['replace', '/customerId', 'c'],
      ['add', '/stages', 'a/s'],
      ['add', '/stages', 'b/s'],
      ['remove', '/stages', 'a/s'],
    ),
  });
  const wanted = { name: 'm', enabled: true, customerId: 'c', stageKeys: ['b/s'], tags: {} };
  expect(updated).toEqual({
    id,
    ...wanted,
    createdDate: NOW,
    lastUpdatedDate: new Date(NOW.getTime() + 5000),
  });
  const off = patches(['replace', '/enabled', 'whatever']);
  expect(await desk.call1('UpdateApiKey', { apiKey: id, patchOperations: off })).toMatchObject({
    enabled: false,
  });
});

test.each<[string, [string, string, string], string]>([
  [
    'the id',
    ['replace', '/id', 'x'],
    "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]",
  ],
  ['the value', ['replace', '/value', VALUE], "Invalid patch path  '/value'"],
  ['a long name', ['replace', '/name', 'x'.repeat(1025)], 'Invalid API Key name'],
  ['a bad stage', ['add', '/stages', 'x'], 'Invalid stage key specified'],
  ['the labels', ['add', '/labels', 'x'], "Invalid patch path  '/labels'"],
])('an update of %s is refused, and nothing else of it is done', async (_, patch, message) => {
  const desk = new ControlDesk();
  const id = await key(desk, { name: 'n' });
  const patchOperations = patches(['replace', '/name', 'm'], patch);
  await expectFault(desk.call1('UpdateApiKey', { apiKey: id, patchOperations }), {
    status: 400,
    message,
  });
  expect(await desk.call1('GetApiKey', { apiKey: id })).toMatchObject({ name: 'n' });
});

test('deleting frees the value and leaves the plans', async () => {
  const desk = new ControlDesk();
  const id = await key(desk, { value: VALUE });
  const { id: plan } = await desk.call1('CreateUsagePlan', { name: 'p' });
  const usagePlanId = given(plan);
  await desk.call1('CreateUsagePlanKey', { usagePlanId, keyId: id, keyType: 'API_KEY' });
  await desk.call1('DeleteApiKey', { apiKey: id });
  expect((await desk.call1('GetUsagePlanKeys', { usagePlanId })).items).toEqual([]);
  await key(desk, { value: VALUE });
  for (const name of ['GetApiKey', 'UpdateApiKey', 'DeleteApiKey'] as const) {
    await expectFault(desk.call1(name, { apiKey: id }), {
      status: 404,
      message: 'Invalid API Key identifier specified',
    });
  }
});

const file = (...rows: string[]) => Buffer.from(['Name,key,UsageplanIds', ...rows].join('\n'));
const NEW = 'another-value-of-twenty';

test('an import makes keys, overwrites by value, joins plans, and warns without values', async () => {
  const desk = new ControlDesk();
  const known = await key(desk, { value: VALUE, name: 'old', customerId: 'c' });
  const { id: plan } = await desk.call1('CreateUsagePlan', { name: 'p' });
  const body = file(
    `first,${VALUE},"${plan}"`,
    `second,${NEW},'${plan},nope'`,
    'third,short',
    `,${NEW}x`,
  );
  const { ids, warnings } = await desk.call1('ImportApiKeys', { format: 'csv', body });
  expect(ids).toEqual([known, expect.stringMatching(/^[a-z0-9]{10}$/)]);
  expect(warnings).toEqual([
    'Line 4: API Key value should be at least 20 characters',
    'Line 5: Name and Key are needed',
    'Line 3: plan nope: Invalid Usage Plan ID specified',
  ]);
  const first = await desk.call1('GetApiKey', { apiKey: known, includeValue: true });
  expect(first).toMatchObject({ name: 'first', enabled: true, value: VALUE, customerId: 'c' });
  const { items } = await desk.call1('GetUsagePlanKeys', { usagePlanId: given(plan) });
  expect(items?.map(({ name }) => name).sort()).toEqual(['first', 'second']);
  const again = await desk.call1('ImportApiKeys', {
    format: 'csv',
    body: file(`x,${NEW},${plan}`),
  });
  expect(again).toEqual({ ids: [ids?.[1]], warnings: [] });
});

test.each([
  [
    'another format',
    { format: 'json' as 'csv', body: file() },
    'Invalid API Key file format specified',
  ],
  [
    'no header',
    { format: 'csv' as const, body: Buffer.from('') },
    'The header row has no column name',
  ],
  [
    'rows that must be good',
    { format: 'csv' as const, failOnWarnings: true, body: file(`a,${NEW}`, 'b,c') },
    'Line 3: API Key value',
  ],
])('an import with %s changes nothing', async (_, input, message) => {
  const desk = new ControlDesk();
  await expectFault(desk.call1('ImportApiKeys', input), { status: 400, message });
  expect((await desk.call1('GetApiKeys', {})).items).toEqual([]);
});
