// API keys and usage plans through the SDK: operations on the wire, and sockets with good, bad, throttled and used-up keys.
import {
  APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanCommand,
  DeleteUsagePlanKeyCommand,
  GetAccountCommand,
  GetApiKeyCommand,
  GetApiKeysCommand,
  GetTagsCommand,
  GetUsageCommand,
  GetUsagePlanKeyCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  ImportApiKeysCommand,
  NotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountCommand,
  UpdateApiKeyCommand,
  UpdateUsageCommand,
  UpdateUsagePlanCommand,
  type CreateUsagePlanCommandInput,
} from '@aws-sdk/client-api-gateway';
import { UpdateApiCommand } from '@aws-sdk/client-apigatewayv2';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCli } from '../../support/aws-cli.ts';
import { openChatter, Refused, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings } from '../../support/clients.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { advance, reset } from '../../support/test-clock.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const HANDLER = `
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  return { statusCode: 200, body: JSON.stringify(event.requestContext.identity) };
};
`;
const GUARD = `
export const handler = async ({ methodArn, queryStringParameters: { key } }) => ({
  principalId: 'u',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
  },
  usageIdentifierKey: key,
});
`;
const DAY_MS = 86_400_000;
/** The nodes' clocks begin at noon of tomorrow, so that no test runs over midnight. */
const NOON = (Math.floor(Date.now() / DAY_MS) + 1.5) * DAY_MS;
const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);
const SLOW = { timeout: 120_000 };

let data: string;
let node: TestNode;
let rest: APIGatewayClient;
let apiId: string;

/** Opens a socket; the status and body when it is refused. */
async function open(key: string | undefined, query = '', id = apiId): Promise<Chatter | Refused> {
  const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${id}/live${query}`;
  const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key };
  return openChatter(url, { agent: node.agent, headers }).catch((error: unknown) => {
    if (error instanceof Refused) return error;
    throw error;
  });
}

/** 101, or the status and message of a refusal; whoever is let in goes away again. */
async function verdict(key: string | undefined, query = '', id = apiId): Promise<string> {
  const result = await open(key, query, id);
  if (result instanceof Refused) return `${result.status} ${result.body}`;
  await result.close();
  return '101';
}

const FORBIDDEN = '403 {"message":"Forbidden"}';
const TOO_MANY = '429 {"message":"Too Many Requests"}';
const LIMIT = '429 {"message":"Limit Exceeded"}';

/** An enabled key in a plan of its own for `live`; the ids of both and the key's value. */
async function keyInPlan(
  more: Partial<CreateUsagePlanCommandInput> = {},
  stages = [{ apiId, stage: 'live' }],
) {
  const key = await rest.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  const plan = await rest.send(
    new CreateUsagePlanCommand({ name: 'p', apiStages: stages, ...more }),
  );
  const ids = { usagePlanId: String(plan.id), keyId: String(key.id) };
  await rest.send(new CreateUsagePlanKeyCommand({ ...ids, keyType: 'API_KEY' }));
  return { ...ids, value: String(key.value) };
}

const replace = (path: string, value: string) => ({ op: 'replace' as const, path, value });

async function start(): Promise<void> {
  node = await startNode({ data, args: ['--test'] });
  rest = new APIGatewayClient(clientSettings(node));
  await advance(node, NOON - Date.now());
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'postern-keys-'));
  await start();
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  await createFunction(clients, 'guard', GUARD);
  apiId = await createApi(clients, {
    name: 'keyed',
    handler: 'desk',
    connect: { ApiKeyRequired: true },
  });
}, 60_000);

afterAll(async () => {
  await node.close();
  await rm(data, { recursive: true, force: true });
});

test('operations on the wire: statuses, members, modelled errors', async () => {
  const key = await rest.send(
    new CreateApiKeyCommand({ name: 'wire', value: 'w'.repeat(20), tags: { a: '1' } }),
  );
  expect(key).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    ...{ name: 'wire', value: 'w'.repeat(20), enabled: false, stageKeys: [], tags: { a: '1' } },
  });
  expect(key.createdDate).toBeInstanceOf(Date);
  const apiKey = String(key.id);
  const again = rest.send(new CreateApiKeyCommand({ value: 'w'.repeat(20) }));
  await expect(again).rejects.toBeInstanceOf(ConflictException);
  const shown = await rest.send(new GetApiKeyCommand({ apiKey, includeValue: true }));
  expect(shown.value).toBe('w'.repeat(20));
  const listed = await rest.send(new GetApiKeysCommand({ nameQuery: 'wi', includeValues: false }));
  expect(listed.items).toMatchObject([{ id: apiKey, name: 'wire' }]);
  expect(listed.items?.[0]?.value).toBeUndefined();
  const updated = await rest.send(
    new UpdateApiKeyCommand({ apiKey, patchOperations: [replace('/description', 'd')] }),
  );
  expect(updated).toMatchObject({ description: 'd', tags: { a: '1' } });

  const resourceArn = `arn:aws:apigateway:us-east-1::/apikeys/${apiKey}`;
  const tagged = await rest.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }));
  expect(tagged.$metadata.httpStatusCode).toBe(204);
  await rest.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  expect((await rest.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ b: '2' });

  const imported = await rest.send(
    new ImportApiKeysCommand({
      format: 'csv',
      body: Buffer.from(`name,key\nfile,${'f'.repeat(20)}`),
    }),
  );
  expect(imported).toMatchObject({ $metadata: { httpStatusCode: 201 }, warnings: [] });

  const plan = await rest.send(
    new CreateUsagePlanCommand({ name: 'wire', quota: { limit: 5, period: 'MONTH' } }),
  );
  expect(plan).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    ...{ name: 'wire', quota: { limit: 5, offset: 0, period: 'MONTH' }, apiStages: [] },
  });
  const usagePlanId = String(plan.id);
  const ids = { usagePlanId, keyId: apiKey };
  const linked = await rest.send(new CreateUsagePlanKeyCommand({ ...ids, keyType: 'API_KEY' }));
  expect(linked).toMatchObject({ $metadata: { httpStatusCode: 201 }, type: 'API_KEY', id: apiKey });
  expect(await rest.send(new GetUsagePlanKeyCommand(ids))).toMatchObject({ name: 'wire' });
  const inPlan = await rest.send(new GetUsagePlanKeysCommand({ usagePlanId }));
  expect(inPlan.items).toMatchObject([{ id: apiKey, type: 'API_KEY' }]);
  const plans = await rest.send(new GetUsagePlansCommand({ keyId: apiKey }));
  expect(plans.items).toMatchObject([{ id: usagePlanId }]);
  const patchOperations = [replace('/throttle/rateLimit', '2.5')];
  const changed = await rest.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations }));
  expect(changed.throttle).toEqual({ rateLimit: 2.5 });
  for (const command of [
    new DeleteUsagePlanKeyCommand(ids),
    new DeleteUsagePlanCommand({ usagePlanId }),
    new DeleteApiKeyCommand({ apiKey }),
  ]) {
    const gone = await rest.send(command as DeleteApiKeyCommand);
    expect(gone.$metadata.httpStatusCode).toBe(202);
  }
  const missing = rest.send(new GetApiKeyCommand({ apiKey }));
  await expect(missing).rejects.toBeInstanceOf(NotFoundException);
});

test('the account on the wire: the limits of the node, a role that a reset takes along', async () => {
  const fresh = {
    ...{ apiKeyVersion: '4', features: ['UsagePlans'] },
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
  };
  const account = await rest.send(new GetAccountCommand({}));
  expect(account).toMatchObject({ $metadata: { httpStatusCode: 200 }, ...fresh });
  const cloudwatchRoleArn = 'arn:aws:iam::000000000000:role/logs';
  const patchOperations = [replace('/cloudwatchRoleArn', cloudwatchRoleArn)];
  const updated = await rest.send(new UpdateAccountCommand({ patchOperations }));
  expect(updated).toMatchObject({ ...fresh, cloudwatchRoleArn });
});

test('a good key opens, and stands in CONNECT, MESSAGE and DISCONNECT', async () => {
  const { keyId, value } = await keyInPlan();
  const client = await open(value);
  if (client instanceof Refused) throw client;
  client.send({ action: 'ask' });
  expect(JSON.parse(await client.next())).toMatchObject({ apiKey: value, apiKeyId: keyId });
  await client.close();
  for (const eventType of ['CONNECT', 'DISCONNECT']) {
    const { requestContext } = await loggedEvent(
      node,
      ({ eventType: type, identity }) =>
        type === eventType && (identity as { apiKeyId?: string }).apiKeyId === keyId,
    );
    expect(requestContext['identity']).toMatchObject({ apiKey: value, sourceIp: '127.0.0.1' });
  }
});

test('no key, an unknown, a disabled, one without a plan: 403; changes are live at once', async () => {
  const { usagePlanId, keyId, value } = await keyInPlan();
  expect(await verdict(undefined)).toBe(FORBIDDEN);
  expect(await verdict('unknown-unknown-unknown')).toBe(FORBIDDEN);
  const refusal = await open('');
  expect(refusal).toMatchObject({ headers: { 'x-amzn-errortype': 'ForbiddenException' } });
  const alone = await rest.send(new CreateApiKeyCommand({ enabled: true }));
  expect(await verdict(alone.value)).toBe(FORBIDDEN);
  const enable = (text: string) =>
    rest.send(
      new UpdateApiKeyCommand({ apiKey: keyId, patchOperations: [replace('/enabled', text)] }),
    );
  expect(await verdict(value)).toBe('101');
  await enable('false');
  expect(await verdict(value)).toBe(FORBIDDEN);
  await enable('true');
  expect(await verdict(value)).toBe('101');
  await rest.send(new DeleteUsagePlanKeyCommand({ usagePlanId, keyId }));
  expect(await verdict(value)).toBe(FORBIDDEN);
  expect(JSON.stringify(node.lines.filter(({ event }) => event !== 'function'))).not.toContain(
    value,
  );
});

test('over the rate of its plan: 429, until time has passed', async () => {
  const { value } = await keyInPlan({ throttle: { rateLimit: 0.01, burstLimit: 2 } });
  expect([await verdict(value), await verdict(value), await verdict(value)]).toEqual([
    ...['101', '101', TOO_MANY],
  ]);
  await advance(node, 100_000);
  expect(await verdict(value)).toBe('101');
  const throttle = { $connect: { rateLimit: 0, burstLimit: 0 } };
  const closed = await keyInPlan({}, [{ apiId, stage: 'live', throttle } as never]);
  expect(await verdict(closed.value)).toBe(TOO_MANY);
});

test('what was used is there after a restart', SLOW, async () => {
  const { usagePlanId, keyId, value } = await keyInPlan({ quota: { limit: 2, period: 'MONTH' } });
  expect(await verdict(value)).toBe('101');
  await node.end();
  node.agent.destroy();
  await start();
  const day = dayOf(NOON);
  const usage = await rest.send(
    new GetUsageCommand({ usagePlanId, keyId, startDate: day, endDate: day }),
  );
  expect(usage).toMatchObject({ usagePlanId, startDate: day, items: { [keyId]: [[1, 1]] } });
  expect([await verdict(value), await verdict(value)]).toEqual(['101', LIMIT]);
});

test('over its quota: 429 until the next day in UTC', SLOW, async () => {
  const { usagePlanId, keyId, value } = await keyInPlan({ quota: { limit: 2, period: 'DAY' } });
  const days = { startDate: dayOf(NOON), endDate: dayOf(NOON) };
  const before = await rest.send(new GetUsageCommand({ usagePlanId, ...days }));
  expect(before.items).toEqual({ [keyId]: [[0, 2]] });
  expect([await verdict(value), await verdict(value)]).toEqual(['101', '101']);
  const refusal = await open(value);
  expect(refusal).toMatchObject({
    ...{ status: 429, body: '{"message":"Limit Exceeded"}' },
    headers: { 'x-amzn-errortype': 'LimitExceededException' },
  });
  const granted = await rest.send(
    new UpdateUsageCommand({ usagePlanId, keyId, patchOperations: [replace('/remaining', '1')] }),
  );
  expect(granted.items).toEqual({ [keyId]: [[2, 1]] });
  expect([await verdict(value), await verdict(value)]).toEqual(['101', LIMIT]);
  await advance(node, DAY_MS);
  expect([await verdict(value), await verdict(value), await verdict(value)]).toEqual([
    ...['101', '101', LIMIT],
  ]);
});

test('messages count against neither rate nor quota of a plan', SLOW, async () => {
  const { usagePlanId, keyId, value } = await keyInPlan({
    throttle: { rateLimit: 0.01, burstLimit: 1 },
    quota: { limit: 1, period: 'MONTH' },
  });
  const client = await open(value);
  if (client instanceof Refused) throw client;
  for (let n = 0; n < 5; n++) {
    client.send({ action: 'ask' });
    expect(JSON.parse(await client.next())).toMatchObject({ apiKeyId: keyId });
  }
  await client.close();
  const month = { startDate: dayOf(NOON), endDate: dayOf(NOON + DAY_MS) };
  const { items } = await rest.send(new GetUsageCommand({ usagePlanId, ...month }));
  expect(items?.[keyId]?.flatMap(([used = 0]) => used).reduce((a, b) => a + b)).toBe(1);
});

test('a use counts whatever `$connect` answers', SLOW, async () => {
  const clients = adminClients(node);
  await createFunction(
    clients,
    'closed',
    'export const handler = async () => ({ statusCode: 418 });',
  );
  const id = await createApi(clients, {
    name: 'closed',
    handler: 'closed',
    connect: { ApiKeyRequired: true },
  });
  const more = { quota: { limit: 2, period: 'DAY' } } as const;
  const { value } = await keyInPlan(more, [{ apiId: id, stage: 'live' }]);
  const answers = [];
  for (let n = 0; n < 3; n++) answers.push((await verdict(value, '', id)).slice(0, 3));
  expect(answers).toEqual(['418', '418', '429']);
});

test('a key that the authorizer chooses, as browsers use them', SLOW, async () => {
  const clients = adminClients(node);
  const id = await createApi(clients, {
    name: 'chosen',
    handler: 'desk',
    connect: { ApiKeyRequired: true, AuthorizationType: 'CUSTOM' },
    authorizer: { handler: 'guard', sources: ['route.request.querystring.key'] },
  });
  const { value } = await keyInPlan({}, [{ apiId: id, stage: 'live' }]);
  expect(await verdict(value, '?key=none', id)).toBe('101');
  const ApiKeySelectionExpression = '$context.authorizer.usageIdentifierKey';
  await clients.gateway.send(new UpdateApiCommand({ ApiId: id, ApiKeySelectionExpression }));
  expect(await verdict(value, '?key=none', id)).toBe(FORBIDDEN);
  expect(await verdict(undefined, `?key=${value}`, id)).toBe('101');
});

test('the AWS CLI makes a key, a plan and a socket', SLOW, async () => {
  const aws = awsCli(node, data);
  const rest = (...args: string[]) => aws('apigateway', ...args);
  const key = await rest('create-api-key', '--name', 'cli', '--enabled');
  const plan = await rest(
    ...['create-usage-plan', '--name', 'cli', '--api-stages', `apiId=${apiId},stage=live`],
    ...['--throttle', 'burstLimit=10,rateLimit=5', '--quota', 'limit=1,offset=0,period=WEEK'],
  );
  const ids = ['--usage-plan-id', String(plan['id'])];
  await rest(
    'create-usage-plan-key',
    ...ids,
    '--key-id',
    String(key['id']),
    '--key-type',
    'API_KEY',
  );
  expect([await verdict(String(key['value'])), await verdict(String(key['value']))]).toEqual([
    ...['101', LIMIT],
  ]);
  const day = dayOf(NOON + DAY_MS);
  const usage = await rest('get-usage', ...ids, '--start-date', day, '--end-date', day);
  expect(usage['items']).toEqual({ [String(key['id'])]: [[1, 0]] });
  await rest(
    ...['update-usage-plan', ...ids, '--patch-operations'],
    `op=remove,path=/apiStages,value=${apiId}:live`,
  );
  expect(await verdict(String(key['value']))).toBe(FORBIDDEN);
  await rest('delete-usage-plan', ...ids);
  await rest('delete-api-key', '--api-key', String(key['id']));
});

test('a reset takes keys, plans and values along', SLOW, async () => {
  await rest.send(new CreateApiKeyCommand({ value: 'r'.repeat(20), enabled: true }));
  const { value } = await keyInPlan();
  expect(await verdict(value)).toBe('101');
  expect(await reset(node)).toBe(200);
  expect((await rest.send(new GetApiKeysCommand({}))).items ?? []).toEqual([]);
  expect((await rest.send(new GetUsagePlansCommand({}))).items ?? []).toEqual([]);
  expect((await rest.send(new GetAccountCommand({}))).cloudwatchRoleArn).toBeUndefined();
  await rest.send(new CreateApiKeyCommand({ value: 'r'.repeat(20) }));
});
