// Changes of single resource types: what an update must send beside the new values.
import { beforeEach, expect, test } from 'vitest';
import type { DeployClients } from '#services/deploy/clients.ts';
import type { JsonObject } from '#services/deploy/json.ts';
import { coerceProperties } from '#services/deploy/resources/properties.ts';
import type { Made, ResourceContext } from '#services/deploy/resources/resource-type.ts';
import { resourceType, TYPES_WITH_EFFECT } from '#services/deploy/resources/types.ts';
import { awsError, fakeAws } from '../../support/fake-aws.ts';
import type { FakeAws } from '../../support/fake-aws.ts';
import { IDENTITY } from '../../support/plan.ts';

let aws: FakeAws;
beforeEach(() => {
  aws = fakeAws();
});

const context = (): ResourceContext => ({
  logicalId: 'It',
  stack: IDENTITY,
  clients: aws.clients,
  folder: '.',
  say: () => undefined,
});

/** Makes a resource of `type` from `before` and changes it to `after`; answers the calls of the change. */
async function change(type: string, before: JsonObject, after: JsonObject): Promise<unknown[]> {
  const row = resourceType(type);
  if (row === undefined) throw new Error(type);
  const [old, next] = [before, after].map((one) => coerceProperties(row, one)) as [
    JsonObject,
    JsonObject,
  ];
  const made = await row.create(old, context());
  const start = aws.calls.length;
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  const changed = new Set(
    [...names].filter((name) => JSON.stringify(old[name]) !== JSON.stringify(next[name])),
  );
  await row.update(next, { made, changed }, context());
  return aws.calls.slice(start);
}

test('tags of an api are brought to what the template says', async () => {
  const api = { Name: 'a', ProtocolType: 'WEBSOCKET' };
  aws.answers.set('getTags', { Tags: { old: '1', kept: '2' } });
  const calls = await change(
    'AWS::ApiGatewayV2::Api',
    { ...api, Tags: { old: '1', kept: '2' } },
    {
      ...api,
      Tags: [
        { Key: 'kept', Value: '2' },
        { Key: 'new', Value: '3' },
      ],
    },
  );
  const ResourceArn = 'arn:aws:apigateway:eu-west-1::/apis/api1';
  expect(calls).toContainEqual(['untagResource', { ResourceArn, TagKeys: ['old'] }]);
  expect(calls).toContainEqual(['tagResource', { ResourceArn, Tags: { kept: '2', new: '3' } }]);
});

test('stage variables and route settings that left the template go', async () => {
  const stage = { ApiId: 'a', StageName: 's' };
  aws.answers.set('getStage', { StageVariables: { x: '1', y: '2' }, RouteSettings: { say: {} } });
  const calls = await change(
    'AWS::ApiGatewayV2::Stage',
    {
      ...stage,
      StageVariables: { x: 1, y: '2' },
      RouteSettings: { say: { ThrottlingRateLimit: '5' } },
      AccessLogSettings: { Format: 'f' },
    },
    { ...stage, StageVariables: { y: '3' } },
  );
  expect(calls).toEqual([
    ['deleteAccessLogSettings', { ApiId: 'a', StageName: 's' }],
    ['getStage', { ApiId: 'a', StageName: 's' }],
    ['deleteRouteSettings', { ApiId: 'a', StageName: 's', RouteKey: 'say' }],
    ['updateStage', { ApiId: 'a', StageName: 's', StageVariables: { x: '', y: '3' } }],
  ]);
});

test('request parameters of a route that left the template go', async () => {
  const route = { ApiId: 'a', RouteKey: '$connect' };
  aws.answers.set('getRoute', { RequestParameters: { p: {}, q: {} } });
  const calls = await change(
    'AWS::ApiGatewayV2::Route',
    { ...route, RequestParameters: { p: { Required: 'true' }, q: { Required: true } } },
    { ...route, RequestParameters: { q: { Required: 'false' } } },
  );
  expect(calls).toEqual([
    ['updateRoute', { ...route, RouteId: 'route1', RequestParameters: { q: { Required: false } } }],
    ['getRoute', { ApiId: 'a', RouteId: 'route1' }],
    ['deleteRouteRequestParameter', { ApiId: 'a', RouteId: 'route1', RequestParameterKey: 'p' }],
  ]);
});

test('request parameters of an integration that left the template are emptied', async () => {
  const integration = { ApiId: 'a', IntegrationType: 'HTTP_PROXY' };
  aws.answers.set('getIntegration', { RequestParameters: { p: '1' } });
  const calls = await change(
    'AWS::ApiGatewayV2::Integration',
    { ...integration, RequestParameters: { p: '1' }, TimeoutInMillis: '1000' },
    integration,
  );
  expect(calls.at(-1)).toEqual([
    'updateIntegration',
    {
      ...integration,
      IntegrationId: 'integration1',
      RequestParameters: { p: '' },
      TimeoutInMillis: 29_000,
    },
  ]);
});

test('the schema of a model is sent as text', async () => {
  const row = resourceType('AWS::ApiGatewayV2::Model');
  await row?.create({ ApiId: 'a', Name: 'M', Schema: { type: 'object' } }, context());
  expect(aws.calls[0]?.[1]).toEqual({ ApiId: 'a', Name: 'M', Schema: '{"type":"object"}' });
});

const TABLE = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};
const index = (IndexName: string, KeyType = 'HASH'): JsonObject => ({
  IndexName,
  KeySchema: [{ AttributeName: 'id', KeyType }],
  Projection: { ProjectionType: 'ALL' },
});

test('indexes are deleted and created one at a time', async () => {
  const calls = await change(
    'AWS::DynamoDB::Table',
    { ...TABLE, GlobalSecondaryIndexes: [index('gone'), index('kept'), index('other')] },
    { ...TABLE, GlobalSecondaryIndexes: [index('kept'), index('other', 'RANGE'), index('new')] },
  );
  const updates = calls
    .filter((call): call is [string, JsonObject] => (call as [string])[0] === 'updateTable')
    .map(([, input]) => input['GlobalSecondaryIndexUpdates']);
  expect(updates).toEqual([
    [{ Delete: { IndexName: 'gone' } }],
    [{ Delete: { IndexName: 'other' } }],
    [{ Create: index('other', 'RANGE') }],
    [{ Create: index('new') }],
  ]);
});

test('the TTL attribute is switched off before another is switched on', async () => {
  const ttl = (AttributeName: string): JsonObject => ({
    ...TABLE,
    TableName: 't',
    TimeToLiveSpecification: { AttributeName, Enabled: 'true' },
  });
  aws.answers.set('describeTimeToLive', {
    TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'a' },
  });
  const calls = await change('AWS::DynamoDB::Table', ttl('a'), ttl('b'));
  expect(calls.slice(1)).toEqual([
    [
      'updateTimeToLive',
      { TableName: 't', TimeToLiveSpecification: { AttributeName: 'a', Enabled: false } },
    ],
    [
      'updateTimeToLive',
      { TableName: 't', TimeToLiveSpecification: { AttributeName: 'b', Enabled: true } },
    ],
  ]);
});

test('another type of a key attribute needs another table', async () => {
  const row = resourceType('AWS::DynamoDB::Table');
  const made = (await row?.create(TABLE, context())) as Made;
  const changed = new Set(['AttributeDefinitions']);
  const asked = (AttributeType: string) =>
    row?.mustReplace?.(
      { ...TABLE, AttributeDefinitions: [{ AttributeName: 'id', AttributeType }] },
      { made, changed },
      context(),
    );
  expect(await asked('N')).toBe(true);
  expect(await asked('S')).toBe(false);
});

test.each([
  ['AWS::IAM::Role', { RoleName: 'r' }, 'r', { Arn: 'arn:aws:iam::111122223333:role/r' }],
  ['AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'p' }, 'arn:aws:iam::111122223333:policy/p', {}],
  [
    'AWS::Logs::LogGroup',
    { LogGroupName: '/l' },
    '/l',
    { Arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:/l:*' },
  ],
  ['AWS::Logs::MetricFilter', { Name: 'm' }, 'm', {}],
])('%s answers as on AWS and makes nothing', async (type, properties, ref, attributes) => {
  const made = await resourceType(type)?.create(properties, context());
  expect(made?.ref).toBe(ref);
  expect(made?.attributes).toMatchObject(attributes);
  expect(aws.calls).toEqual([]);
});

test('types that are not in the table are not supported', () => {
  expect(resourceType('AWS::SQS::Queue')).toBeUndefined();
  expect(resourceType('AWS::IAM::')).toBeUndefined();
});

test('a VPC link is a name for the setting vpcLinks', async () => {
  for (const type of ['AWS::ApiGateway::VpcLink', 'AWS::ApiGatewayV2::VpcLink']) {
    const row = resourceType(type);
    const made = await row?.create({ Name: 'private' }, context());
    expect(made).toMatchObject({ ref: 'private', attributes: { VpcLinkId: 'private' } });
    expect(row?.withoutEffect).toContain('vpcLinks');
  }
  expect(aws.calls).toEqual([]);
});

test('a key whose making was never answered is found by its value, on any page', async () => {
  const pages: Record<string, unknown> = {
    first: { items: [{ id: 'other', value: 'another-value-of-20-characters' }], position: 'next' },
    next: { items: [{ id: 'k', value: 'a-value-of-twenty-or-more' }] },
  };
  const rest = async (): Promise<unknown> => ({
    getApiKeys: async ({ position = 'first' }) => pages[position],
  });
  const clients = { ...aws.clients, rest } as unknown as DeployClients;
  const row = resourceType('AWS::ApiGateway::ApiKey');
  const find = (Value: string) => row?.find?.({ Value }, { ...context(), clients });
  expect(await find('a-value-of-twenty-or-more')).toMatchObject({
    ...{ ref: 'k', attributes: { APIKeyId: 'k' } },
  });
  expect(await find('nobody-has-this-value-here')).toBeUndefined();
});

const CERTIFICATE = 'AWS::CertificateManager::Certificate';

test('a certificate is requested with what the template says, once for one resource of a stack', async () => {
  aws.answers.set('requestCertificate', { CertificateArn: 'arn:c' });
  const row = resourceType(CERTIFICATE);
  const properties = {
    DomainName: 'ws.example.com',
    SubjectAlternativeNames: ['*.ws.example.com'],
    ValidationMethod: 'DNS',
    DomainValidationOptions: [
      { DomainName: 'ws.example.com', HostedZoneId: 'Z1' },
      { DomainName: '*.ws.example.com', ValidationDomain: 'example.com' },
    ],
    Tags: { team: 'chat' },
  };
  const make = () => row?.create(properties, context());
  expect(await make()).toEqual({
    ref: 'arn:c',
    attributes: {},
    keys: { CertificateArn: 'arn:c' },
  });
  await make();
  const [first, second] = aws.calls;
  expect(first).toEqual([
    'requestCertificate',
    {
      DomainName: 'ws.example.com',
      SubjectAlternativeNames: ['*.ws.example.com'],
      ValidationMethod: 'DNS',
      KeyAlgorithm: undefined,
      DomainValidationOptions: [
        { DomainName: '*.ws.example.com', ValidationDomain: 'example.com' },
      ],
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED' },
      Tags: [{ Key: 'team', Value: 'chat' }],
      IdempotencyToken: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    },
  ]);
  expect(second).toEqual(first);
});

test('tags and logging of a certificate are changed in place', async () => {
  aws.answers.set('requestCertificate', { CertificateArn: 'arn:c' });
  aws.answers.set('listTagsForCertificate', {
    Tags: [{ Key: 'old', Value: '1' }, { Key: 'kept' }],
  });
  const at = { CertificateArn: 'arn:c' };
  const calls = await change(
    CERTIFICATE,
    { DomainName: 'a.b', Tags: { old: '1', kept: '' } },
    {
      DomainName: 'a.b',
      Tags: { kept: '2' },
      CertificateTransparencyLoggingPreference: 'DISABLED',
    },
  );
  expect(calls).toEqual([
    ['listTagsForCertificate', at],
    ['removeTagsFromCertificate', { ...at, Tags: [{ Key: 'old' }] }],
    ['addTagsToCertificate', { ...at, Tags: [{ Key: 'kept', Value: '2' }] }],
    [
      'updateCertificateOptions',
      { ...at, Options: { CertificateTransparencyLoggingPreference: 'DISABLED' } },
    ],
  ]);
});

test('a client certificate is generated, described, tagged and deleted by its id', async () => {
  aws.answers.set('generateClientCertificate', { clientCertificateId: 'c3rt00' });
  aws.answers.set('getTags', { tags: { old: '1' } });
  const row = resourceType('AWS::ApiGateway::ClientCertificate');
  const made = await row?.create({ Description: 'd', Tags: { a: 'b' } }, context());
  expect(made).toMatchObject({ ref: 'c3rt00', attributes: { ClientCertificateId: 'c3rt00' } });
  if (row === undefined || made === undefined) return;
  const changed = new Set(['Description', 'Tags']);
  await row.update({ Tags: { new: '2' } }, { made, changed }, context());
  await row.remove(made, context());
  const resourceArn = expect.stringMatching(/::\/clientcertificates\/c3rt00$/) as unknown;
  expect(aws.calls).toEqual([
    ['generateClientCertificate', { description: 'd', tags: { a: 'b' } }],
    [
      'updateClientCertificate',
      {
        clientCertificateId: 'c3rt00',
        patchOperations: [{ op: 'replace', path: '/description', value: '' }],
      },
    ],
    ['getTags', { resourceArn }],
    ['untagResource', { resourceArn, tagKeys: ['old'] }],
    ['tagResource', { resourceArn, tags: { new: '2' } }],
    ['deleteClientCertificate', { clientCertificateId: 'c3rt00' }],
  ]);
});

test('mutual TLS of a domain: sent only when it changes, off when the template has lost it', async () => {
  const DOMAIN = 'AWS::ApiGatewayV2::DomainName';
  const domain = { DomainName: 'ws.example.com' };
  aws.answers.set('createDomainName', domain).set('updateDomainName', domain);
  const first = { TruststoreUri: 's3://b/k', TruststoreVersion: '1' };
  const sent = async (before: JsonObject, after: JsonObject): Promise<unknown> => {
    const [call] = await change(DOMAIN, { ...domain, ...before }, { ...domain, ...after });
    return (call as [string, JsonObject])[1]['MutualTlsAuthentication'];
  };
  const on = { MutualTlsAuthentication: first };
  expect(await sent(on, { ...on, RoutingMode: 'API_MAPPING_ONLY' })).toBeUndefined();
  expect(await sent({}, {})).toBeUndefined();
  expect(await sent(on, {})).toEqual({ TruststoreUri: '' });
  expect(await sent({}, on)).toEqual(first);
  const newest = { MutualTlsAuthentication: { TruststoreUri: 's3://b/k' } };
  expect(await sent(on, newest)).toEqual({ TruststoreUri: 's3://b/k', TruststoreVersion: '' });
});

const MADE: Made = { ref: 'made', attributes: {}, keys: { FunctionName: 'f', ApiId: 'a' } };

test.each(TYPES_WITH_EFFECT)(
  '%s can be asked for, by one call that tells when it is gone',
  async (type) => {
    const row = resourceType(type);
    const asked: string[] = [];
    const told = (operation: string): Promise<unknown> => {
      asked.push(operation);
      return Promise.resolve({ Policy: '["made"]' });
    };
    expect(await row?.exists?.(MADE, { ...context(), clients: clientsThat(told) })).toBe(true);
    expect(asked).toHaveLength(1);
    const gone = (): Promise<unknown> => Promise.reject(awsError('NotFoundException'));
    await expect(
      row?.exists?.(MADE, { ...context(), clients: clientsThat(gone) }),
    ).rejects.toMatchObject({ name: 'NotFoundException' });
  },
);

/** Clients whose every operation is `answer`. */
function clientsThat(answer: (operation: string) => Promise<unknown>): DeployClients {
  const get = (_: object, name: string) => (name === 'then' ? undefined : () => answer(name));
  const client: unknown = new Proxy({}, { get });
  const later = (): Promise<unknown> => Promise.resolve(client);
  return {
    ...{ gateway: client, lambda: client, dynamodb: client, rest: later, certificates: later },
  } as unknown as DeployClients;
}
