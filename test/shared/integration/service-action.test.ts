// Integrations of type AWS with a service: addresses, what goes out signed, what comes back, what fails.
import { expect, onTestFinished, test } from 'vitest';
import type { Integration, IntegrationResult } from '#shared/model/integration.ts';
import type { IntegrationRecord, IntegrationResponseRecord } from '#shared/model/records.ts';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { resolveServiceUri } from '#shared/integration/service-uri.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import type { StageDeps } from '#shared/stage/compile.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { startBackend, type HttpBackend, type SeenRequest } from '../../support/http-backend.ts';
import {
  SERVICE_KEYS,
  servicesAt,
  testIntegration,
  testStageDeps,
} from '../../support/snapshot.ts';

const ROLE = 'arn:aws:iam::111122223333:role/gateway';
const FORM = "'application/x-www-form-urlencoded'";
const twoWay = testMessage('{"id":"a b","n":1}', {
  route: testRoute({ routeKey: 'ask', twoWay: true }),
});

interface Given {
  readonly backend?: Pick<HttpBackend, 'url'>;
  readonly responses?: readonly Partial<IntegrationResponseRecord>[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly deps?: Partial<StageDeps>;
}

function create(record: Partial<IntegrationRecord>, given: Given = {}): Integration {
  const { backend, responses = [{}], variables = {}, deps = {} } = given;
  const integration = createIntegration(
    {
      record: testIntegration({ IntegrationType: 'AWS', CredentialsArn: ROLE, ...record }),
      responses: responses.map((response, at) => ({
        IntegrationId: 'int1',
        IntegrationResponseId: `ir${at}`,
        IntegrationResponseKey: '$default',
        ...response,
      })),
    },
    {
      ...testStageDeps({ services: servicesAt(() => backend?.url), ...deps }),
      stage: testStage({ variables }),
      events: {},
    },
  );
  onTestFinished(async () => integration.close?.());
  return integration;
}

const text = ({ body }: IntegrationResult): string | undefined =>
  body && Buffer.from(body).toString('utf8');

/** Region that the signature of `seen` names; throws when it is no good one for `service`. */
function verifiedRegion(seen: SeenRequest, service: string): string {
  const principal = { name: 'node', accessKeyId: SERVICE_KEYS.accessKeyId };
  const known = new Credentials([{ ...SERVICE_KEYS, principal }], { open: false });
  const rawHeaders = Object.entries(seen.headers).flatMap(([name, value]) => [name, String(value)]);
  const request = { method: seen.method, url: seen.url, rawHeaders, body: Buffer.from(seen.body) };
  return new SigV4Verifier(known).verify(request, service).region;
}

test.each([
  ['dynamodb:action/PutItem', 'dynamodb', 'dynamodb.eu-west-1.amazonaws.com', '/', ''],
  ['events:path//', 'events', 'events.eu-west-1.amazonaws.com', '/', ''],
  [
    'sqs:path/111122223333/jobs?a=1',
    'sqs',
    'sqs.eu-west-1.amazonaws.com',
    '/111122223333/jobs',
    'a=1',
  ],
  ['sns:action/Publish&TopicArn=t', 'sns', 'sns.eu-west-1.amazonaws.com', '/', 'TopicArn=t'],
  ['states:action/StartExecution', 'states', 'states.eu-west-1.amazonaws.com', '/', ''],
  ['states:action/StartSyncExecution', 'states', 'sync-states.eu-west-1.amazonaws.com', '/', ''],
  ['s3:path/{bucket}/{key}', 's3', 's3.eu-west-1.amazonaws.com', '/{bucket}/{key}', ''],
  ['my.bucket.s3:path/{key}', 's3', 's3.eu-west-1.amazonaws.com', '/my.bucket/{key}', ''],
])('%s is %s at %s', (spec, name, awsHost, path, query) => {
  const target = resolveServiceUri(`arn:aws:apigateway:eu-west-1:${spec}`, {});
  expect(target).toMatchObject({ service: { name }, region: 'eu-west-1', awsHost, path, query });
});

test('partitions have hosts of their own', () => {
  expect(
    resolveServiceUri('arn:aws-cn:apigateway:cn-north-1:sqs:action/SendMessage', {}),
  ).toMatchObject({ awsHost: 'sqs.cn-north-1.amazonaws.com.cn' });
});

test.each([
  ['arn:aws:apigateway:eu-west-1:robomaker:action/Go', 'the service robomaker'],
  ['arn:aws:apigateway:eu-west-1:runtime.sqs:action/Go', 'the service runtime.sqs'],
  ['arn:aws:apigateway:eu-west-1:s3:action/GetObject', 'names no action of s3'],
  ['arn:aws:apigateway:eu-west-1:sqs:action/Send Message', 'names no action of sqs'],
  ['arn:aws:apigateway::sqs:action/SendMessage', 'names no region'],
])('%s is refused: %s', (IntegrationUri, reason) => {
  expect(() => create({ IntegrationUri })).toThrow(DefinitionError);
  expect(() => create({ IntegrationUri })).toThrow(reason);
});

test.each(['Authorization', 'Host', 'X-Amz-Date', 'content-length'])(
  'header %s cannot be mapped',
  (name) => {
    const RequestParameters = { [`integration.request.header.${name}`]: "'x'" };
    const IntegrationUri = 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage';
    expect(() => create({ IntegrationUri, RequestParameters })).toThrow(`header ${name} cannot`);
  },
);

test.each([
  ['dynamodb', 'PutItem', 'DynamoDB_20120810.PutItem', '1.0'],
  ['kinesis', 'PutRecord', 'Kinesis_20131202.PutRecord', '1.1'],
  ['events', 'PutEvents', 'AWSEvents.PutEvents', '1.1'],
  ['states', 'StartExecution', 'AWSStepFunctions.StartExecution', '1.0'],
  ['firehose', 'PutRecord', 'Firehose_20150804.PutRecord', '1.1'],
  ['logs', 'PutLogEvents', 'Logs_20140328.PutLogEvents', '1.1'],
  ['kms', 'Encrypt', 'TrentService.Encrypt', '1.1'],
  ['secretsmanager', 'GetSecretValue', 'secretsmanager.GetSecretValue', '1.1'],
])('%s %s goes out as JSON with its target, signed', async (service, action, target, version) => {
  const backend = await startBackend((response) => response.end('{"Done":true}'));
  const integration = create(
    {
      IntegrationUri: `arn:aws:apigateway:eu-west-1:${service}:action/${action}`,
      RequestTemplates: { $default: '{"Id":$input.json("$.id")}' },
    },
    { backend, responses: [{ ResponseTemplates: { $default: 'done: $input.path("$.Done")' } }] },
  );
  const result = await integration.invoke(twoWay);
  expect([result.status, text(result)]).toEqual([200, 'done: true']);
  const [seen] = backend.requests;
  if (seen === undefined) throw new Error('no request');
  expect(seen).toMatchObject({ method: 'POST', url: '/', body: '{"Id":"a b"}' });
  expect(seen.headers).toMatchObject({
    host: backend.url.slice('http://'.length),
    accept: 'application/json',
    'content-type': `application/x-amz-json-${version}`,
    'user-agent': 'AmazonAPIGateway_k3v9wq01ab',
    'x-amz-target': target,
    'x-amzn-apigateway-api-id': 'k3v9wq01ab',
  });
  expect(verifiedRegion(seen, service)).toBe('eu-west-1');
});

test.each([
  ['sqs', 'SendMessage', '2012-11-05'],
  ['sns', 'Publish', '2010-03-31'],
  ['ssm', 'GetParameter', '2014-11-06'],
])('%s %s goes out as a query with parameters, signed', async (service, action, version) => {
  const backend = await startBackend((response) => response.end());
  const integration = create(
    {
      IntegrationUri: `arn:aws:apigateway:eu-west-1:${service}:action/${action}`,
      RequestParameters: {
        'integration.request.header.Content-Type': FORM,
        'integration.request.querystring.Name': 'route.request.body.id',
      },
      RequestTemplates: { $default: 'Body=$util.urlEncode($input.body)' },
    },
    { backend },
  );
  await integration.invoke(twoWay);
  const [seen] = backend.requests;
  if (seen === undefined) throw new Error('no request');
  expect(seen.url).toBe(`/?Action=${action}&Version=${version}&Name=a%20b`);
  expect(seen.body).toBe('Body=%7B%22id%22%3A%22a+b%22%2C%22n%22%3A1%7D');
  expect(seen.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
  expect(seen.headers).not.toHaveProperty('x-amz-target');
  expect(verifiedRegion(seen, service)).toBe('eu-west-1');
});

test('the path form: stage variables, path parameters, a method, a base path', async () => {
  const backend = await startBackend((response) => response.end('thing'));
  const integration = create(
    {
      IntegrationMethod: 'GET',
      IntegrationUri: 'arn:aws:apigateway:${stageVariables.region}:s3:path/files/{key}',
      RequestParameters: { 'integration.request.path.key': 'route.request.body.id' },
    },
    { backend: { url: `${backend.url}/base` }, variables: { region: 'eu-north-1' } },
  );
  expect(text(await integration.invoke(twoWay))).toBe('thing');
  const [seen] = backend.requests;
  expect(seen).toMatchObject({ method: 'GET', url: '/base/files/a%20b', body: '' });
  expect(seen?.headers['x-amz-content-sha256']).toMatch(/^e3b0c442/);
  expect(seen?.headers.authorization).toContain('/eu-north-1/s3/aws4_request');
});

test('a refusal of the service is an answer: its status chooses the integration response', async () => {
  const backend = await startBackend((response, { body }) => {
    response.statusCode = body.includes('1') ? 200 : 400;
    response.end('{"__type":"Bad","message":"no such thing"}');
  });
  const responses = [
    { IntegrationResponseKey: '/200/', ResponseTemplates: { $default: 'fine' } },
    {
      IntegrationResponseKey: '/4\\d\\d/',
      ResponseTemplates: { $default: 'refused: $input.path("$.message")' },
    },
  ];
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:kinesis:action/PutRecord';
  const integration = create({ IntegrationUri }, { backend, responses });
  expect(text(await integration.invoke(twoWay))).toBe('fine');
  const other = testMessage('{"n":2}', { route: twoWay.route });
  expect(text(await integration.invoke(other))).toBe('refused: no such thing');
  const unmatched = create({ IntegrationUri }, { backend, responses: responses.slice(0, 1) });
  await expect(unmatched.invoke(other)).rejects.toMatchObject({ type: 'API_CONFIGURATION_ERROR' });
});

test('of a one-way route only whether an answer matches is read', async () => {
  const backend = await startBackend((response) => response.end('x'));
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:kinesis:action/PutRecord';
  const result = await create({ IntegrationUri }, { backend }).invoke(testMessage('{}'));
  expect([result.status, result.body]).toEqual([200, undefined]);
});

test('passthrough, base64 in, base64 out, 415', async () => {
  const backend = await startBackend((response) => response.end(Buffer.from([0, 255])));
  const record = {
    IntegrationUri: 'arn:aws:apigateway:eu-west-1:kinesis:action/PutRecord',
    ContentHandlingStrategy: 'CONVERT_TO_BINARY',
  } as const;
  const responses = [{ ContentHandlingStrategy: 'CONVERT_TO_TEXT' }] as const;
  const base64 = testMessage('aGk=', { route: twoWay.route });
  expect(text(await create(record, { backend, responses }).invoke(base64))).toBe('AP8=');
  expect(backend.requests[0]?.body).toBe('hi');
  await expect(create(record, { backend }).invoke(twoWay)).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
  });
  const never = create({ ...record, PassthroughBehavior: 'NEVER' }, { backend });
  await expect(never.invoke(base64)).rejects.toMatchObject({ type: 'UNSUPPORTED_MEDIA_TYPE' });
});

test.each([
  ['arn:aws:apigateway:eu-west-1:sqs:path/1/${stageVariables.queue}', 'stage variable queue'],
  ['arn:aws:apigateway:eu-west-1:${stageVariables.service}:action/Go', 'stage variable service'],
])('%s without its variable fails when called', async (IntegrationUri, detail) => {
  const integration = create({ IntegrationUri });
  await expect(integration.invoke(twoWay)).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
    detail: expect.stringContaining(detail) as string,
  });
});

test('a service that nobody knows fails when a stage variable names it', async () => {
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:${stageVariables.service}:action/Go';
  const integration = create({ IntegrationUri }, { variables: { service: 'robomaker' } });
  await expect(integration.invoke(twoWay)).rejects.toMatchObject({
    detail: 'actions of the service robomaker are not supported',
  });
});

test('no keys, nobody there, no answer in time', async () => {
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage';
  const failing = {
    find: () => ({
      url: 'http://127.0.0.1:9',
      keys: () => Promise.reject(new Error('none found')),
    }),
  };
  await expect(
    create({ IntegrationUri }, { deps: { services: failing } }).invoke(twoWay),
  ).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
    detail: 'no AWS credentials for http://127.0.0.1:9: none found',
  });
  const searching = {
    find: () => ({ url: 'http://x', keys: () => new Promise<never>(() => undefined) }),
  };
  await expect(
    create(
      { IntegrationUri, TimeoutInMillis: 50 },
      { deps: { services: searching, clock: systemClock } },
    ).invoke(twoWay),
  ).rejects.toMatchObject({ type: 'INTEGRATION_TIMEOUT' });
  const gone = create({ IntegrationUri }, { backend: { url: 'http://127.0.0.1:9' } });
  await expect(gone.invoke(twoWay)).rejects.toMatchObject({ type: 'INTEGRATION_FAILURE' });
  const silent = await startBackend(() => undefined);
  const waiting = create(
    { IntegrationUri, TimeoutInMillis: 50 },
    { backend: silent, deps: { clock: systemClock } },
  );
  await expect(waiting.invoke(twoWay)).rejects.toMatchObject({ type: 'INTEGRATION_TIMEOUT' });
});

test('renewed keys are used from then on', async () => {
  const backend = await startBackend((response) => response.end());
  let keys = { accessKeyId: 'FIRST', secretAccessKey: 's' };
  const services = { find: () => ({ url: backend.url, keys: () => keys }) };
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage';
  const integration = create({ IntegrationUri }, { deps: { services } });
  await integration.invoke(twoWay);
  keys = { accessKeyId: 'SECOND', secretAccessKey: 's' };
  await integration.invoke(twoWay);
  const used = backend.requests.map(
    ({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1],
  );
  expect(used).toEqual(['FIRST', 'SECOND']);
});

const OWN_TABLES = ['postern-resources'];

/** An integration with DynamoDB, or what passes for another service, on a node with a table of its own. */
function onDatabase(backend: HttpBackend, record: Partial<IntegrationRecord>): Integration {
  const services = { ...servicesAt(() => backend.url), ownTables: OWN_TABLES };
  const IntegrationUri = 'arn:aws:apigateway:eu-west-1:dynamodb:action/Scan';
  const responses = [{ ResponseTemplates: { $default: '$input.body' } }];
  return create({ IntegrationUri, ...record }, { backend, responses, deps: { services } });
}

const template = ($default: string) => ({ RequestTemplates: { $default } });
const TARGET = 'integration.request.header.X-Amz-Target';

test.each([
  ['by its name', template('{"TableName":"postern-resources"}')],
  ['by its ARN', template('{"TableName":"arn:aws:dynamodb:r:1:table/postern-resources"}')],
  ['with an escape', template('{"TableName":"postern\\u002dresources"}')],
  ['in a body that is no JSON', template('(TableName postern-resources)')],
  [
    'under another target',
    {
      ...template('{"Statement":"SELECT * FROM \\"postern-resources\\""}'),
      RequestParameters: { [TARGET]: "'DynamoDB_20120810.ExecuteStatement'" },
    },
  ],
  [
    'under another service',
    {
      ...template('{"TableName":"postern-resources"}'),
      IntegrationUri: 'arn:aws:apigateway:eu-west-1:sqs:path/',
      RequestParameters: { [TARGET]: "'DynamoDB_20120810.Scan'" },
    },
  ],
])('the node’s own table is refused %s, and nothing goes out', async (_how, record) => {
  const backend = await startBackend((response) => response.end('{"Items":["secret"]}'));
  const result = await onDatabase(backend, record).invoke(twoWay);
  expect(text(result)).toMatch(/AccessDeniedException|SerializationException/);
  expect(backend.requests).toEqual([]);
});

test('an application’s table goes out as it was, and lists come without the node’s', async () => {
  const listed = { TableNames: ['orders', 'postern-resources'] };
  const backend = await startBackend((response) => response.end(JSON.stringify(listed)));
  const body = '{ "TableName":"postern-orders" }';
  const result = await onDatabase(backend, template(body)).invoke(twoWay);
  expect(backend.requests[0]?.body).toBe(body);
  expect(text(result)).toBe('{"TableNames":["orders"]}');
});
