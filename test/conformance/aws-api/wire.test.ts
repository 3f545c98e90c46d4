// Traps of the wire formats, each driven by an official client: raw bodies, `item`, dates, free parameters, ARNs, odd statuses.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v1 from '@aws-sdk/client-api-gateway';
import * as management from '@aws-sdk/client-apigatewaymanagementapi';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { API_GATEWAY_DIALECT, type Dialect, LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { AwsEndpoint } from '#shared/aws-api/endpoint.ts';
import { readModel } from '#shared/aws-api/operations.ts';
import { type AnyHandler, defineService } from '#shared/aws-api/service.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { clientOf, listen } from '../../support/aws-listener.ts';

const KEY = {
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'secret',
  principal: { name: 'tester', accessKeyId: 'AKIDTEST' },
};

interface Served {
  readonly endpoint: string;
  readonly settings: ReturnType<typeof clientOf>;
  /** Inputs of the handlers, in order. */
  readonly inputs: unknown[];
}

type Outputs = Readonly<Record<string, (input: never) => unknown>>;

/** A service of `sdk` whose named operations give `outputs`, behind real signatures. */
async function serve(
  signingName: string,
  { sdk, dialect }: { readonly sdk: object; readonly dialect: Dialect },
  outputs: Outputs,
): Promise<Served> {
  const inputs: unknown[] = [];
  const handlers: Record<string, AnyHandler> = {};
  for (const [operation, output] of Object.entries(outputs)) {
    handlers[operation] = async (input: never) => {
      inputs.push(input);
      return output(input);
    };
  }
  const all = [...readModel(sdk).operations.keys()];
  const service = defineService({
    service: signingName,
    prefixes: [],
    sdk: async () => sdk,
    handlers,
    notImplemented: all.filter((name) => !Object.hasOwn(handlers, name)),
    dialect,
  });
  const front = new AwsEndpoint({
    name: signingName,
    signingName,
    services: [service],
    verifier: new SigV4Verifier(new Credentials([KEY], { open: false })),
    accountId: '000000000000',
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  await front.load();
  const { endpoint } = await listen(front, onTestFinished);
  return { endpoint, settings: clientOf(endpoint), inputs };
}

const REST = { sdk: v1, dialect: API_GATEWAY_DIALECT };
const FUNCTIONS = { sdk: lambda, dialect: LAMBDA_DIALECT };
const DATE = new Date(1_586_290_919_987);

async function aws(endpoint: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'aws',
    ['--endpoint-url', endpoint, '--region', 'us-east-1', '--output', 'json', ...args],
    {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_ACCESS_KEY_ID: KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
    },
  );
  return stdout;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-wire-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('v1: lists, whole-second epoch dates, a position in the body', async () => {
  const list = {
    items: [{ id: 'a', createdDate: DATE, binaryMediaTypes: ['*/*'] }],
    position: 'p',
  };
  const { settings, endpoint, inputs } = await serve('apigateway', REST, {
    GetRestApis: () => list,
  });
  const client = new v1.APIGatewayClient(settings);
  const page = await client.send(new v1.GetRestApisCommand({ limit: 2, position: 'a/b=' }));
  expect(page.position).toBe('p');
  expect(page.items).toEqual([
    { id: 'a', createdDate: new Date(1_586_290_919_000), binaryMediaTypes: ['*/*'] },
  ]);
  const text = await aws(endpoint, 'apigateway', 'get-rest-apis', '--no-paginate');
  expect(JSON.parse(text)).toMatchObject({ items: [{ id: 'a' }], position: 'p' });
  expect(inputs).toEqual([{ limit: 2, position: 'a/b=' }, {}]);
});

test('v1: two operations at one address, told apart by ?mode=import', async () => {
  const { settings, inputs } = await serve('apigateway', REST, {
    CreateApiKey: () => ({ id: 'made' }),
    ImportApiKeys: () => ({ ids: ['imported'], warnings: [] }),
    ImportRestApi: () => ({ id: 'r' }),
  });
  const client = new v1.APIGatewayClient(settings);
  const made = await client.send(new v1.CreateApiKeyCommand({ name: 'k', enabled: true }));
  expect(made.id).toBe('made');
  const csv = Buffer.from('name,key\n');
  const imported = await client.send(
    new v1.ImportApiKeysCommand({ body: csv, format: 'csv', failOnWarnings: true }),
  );
  expect(imported.ids).toEqual(['imported']);
  const openapi = Buffer.from('{"openapi":"3.0.1"}');
  await client.send(
    new v1.ImportRestApiCommand({ body: openapi, parameters: { basepath: 'split', x: 'a b' } }),
  );
  expect(inputs).toEqual([
    { name: 'k', enabled: true },
    { body: csv, format: 'csv', failOnWarnings: true },
    { body: openapi, parameters: { basepath: 'split', x: 'a b' } },
  ]);
});

test('v1: exports are raw, with their headers, also for the CLI', async () => {
  const { settings, endpoint, inputs } = await serve('apigateway', REST, {
    GetExport: () => ({ body: Buffer.from('openapi: "3"'), contentType: 'application/yaml' }),
  });
  const client = new v1.APIGatewayClient(settings);
  const output = await client.send(
    new v1.GetExportCommand({
      restApiId: 'r',
      stageName: 's',
      exportType: 'oas30',
      accepts: 'application/yaml',
      parameters: { extensions: 'apigateway' },
    }),
  );
  expect(Buffer.from(output.body ?? []).toString()).toBe('openapi: "3"');
  expect(output.contentType).toBe('application/yaml');
  const path = join(folder(), 'export');
  await aws(
    endpoint,
    'apigateway',
    'get-export',
    '--rest-api-id',
    'r',
    '--stage-name',
    's',
    '--export-type',
    'oas30',
    '--parameters',
    'extensions=postman',
    path,
  );
  expect(readFileSync(path, 'utf8')).toBe('openapi: "3"');
  expect(inputs).toMatchObject([
    { accepts: 'application/yaml', parameters: { extensions: 'apigateway' } },
    { parameters: { extensions: 'postman' } },
  ]);
});

test('v1: renamed members, statuses 201, 202 and 204, and Retry-After', async () => {
  const { settings, inputs } = await serve('apigateway', REST, {
    PutIntegration: () => ({ type: 'HTTP', httpMethod: 'POST', timeoutInMillis: 29_000 }),
    DeleteRestApi: () => undefined,
    DeleteMethod: () => undefined,
    GetTags: () => ({ tags: { a: 'b' } }),
    GetAccount: () => {
      throw new ServiceError('TooManyRequestsException', 429, 'slow', { retryAfterSeconds: 7 });
    },
  });
  const client = new v1.APIGatewayClient(settings);
  const put = await client.send(
    new v1.PutIntegrationCommand({
      restApiId: 'r',
      resourceId: 'x',
      httpMethod: 'GET',
      type: 'HTTP',
      integrationHttpMethod: 'POST',
      requestParameters: { 'integration.request.querystring.a': "'b'" },
    }),
  );
  expect(put).toMatchObject({ httpMethod: 'POST', $metadata: { httpStatusCode: 201 } });
  expect(inputs[0]).toEqual({
    restApiId: 'r',
    resourceId: 'x',
    httpMethod: 'GET',
    type: 'HTTP',
    integrationHttpMethod: 'POST',
    requestParameters: { 'integration.request.querystring.a': "'b'" },
  });
  const status = async (command: v1.DeleteRestApiCommand | v1.DeleteMethodCommand) =>
    (await client.send(command as v1.DeleteRestApiCommand)).$metadata.httpStatusCode;
  expect(await status(new v1.DeleteRestApiCommand({ restApiId: 'r' }))).toBe(202);
  const method = { restApiId: 'r', resourceId: 'x', httpMethod: 'GET' };
  expect(await status(new v1.DeleteMethodCommand(method))).toBe(204);
  const resourceArn = 'arn:aws:apigateway:us-east-1::/restapis/a/stages/b c';
  const tags = await client.send(new v1.GetTagsCommand({ resourceArn }));
  expect(tags.tags).toEqual({ a: 'b' });
  expect(inputs.at(-1)).toEqual({ resourceArn });
  await expect(client.send(new v1.GetAccountCommand({}))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    retryAfterSeconds: '7',
    message: 'slow',
  });
});

test('Lambda: zips in JSON, payloads raw, headers both ways, statuses from the handler', async () => {
  const statuses: Readonly<Record<string, number>> = { Event: 202, DryRun: 204 };
  const { settings, endpoint, inputs } = await serve('lambda', FUNCTIONS, {
    CreateFunction: () => ({ FunctionName: 'f', LastModified: '2026-01-31T00:00:00.000+0000' }),
    Invoke: ({ InvocationType = '' }: { InvocationType?: string }) => ({
      StatusCode: statuses[InvocationType] ?? 200,
      ...(statuses[InvocationType] === undefined
        ? { Payload: Buffer.from('"ok"'), FunctionError: 'Unhandled', ExecutedVersion: '3' }
        : {}),
    }),
    GetFunction: () => {
      throw new ServiceError('ResourceNotFoundException', 404, 'Function not found: f');
    },
  });
  const client = new lambda.LambdaClient(settings);
  const zip = Buffer.from([0x50, 0x4b, 0xff, 0x00]);
  const made = await client.send(
    new lambda.CreateFunctionCommand({ FunctionName: 'f', Role: 'r', Code: { ZipFile: zip } }),
  );
  expect(made.LastModified).toBe('2026-01-31T00:00:00.000+0000');
  expect(inputs).toEqual([{ FunctionName: 'f', Role: 'r', Code: { ZipFile: zip } }]);
  const invoked = await client.send(
    new lambda.InvokeCommand({
      FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      Qualifier: '$LATEST',
      LogType: 'Tail',
      Payload: Buffer.from('{"ä":1}'),
    }),
  );
  expect(Buffer.from(invoked.Payload ?? []).toString()).toBe('"ok"');
  expect(invoked).toMatchObject({
    StatusCode: 200,
    FunctionError: 'Unhandled',
    ExecutedVersion: '3',
  });
  expect(inputs[1]).toEqual({
    FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:f',
    Qualifier: '$LATEST',
    LogType: 'Tail',
    Payload: Buffer.from('{"ä":1}'),
  });
  for (const [InvocationType, StatusCode] of Object.entries(statuses)) {
    const command = { FunctionName: 'f', InvocationType: InvocationType as 'Event' };
    expect((await client.send(new lambda.InvokeCommand(command))).StatusCode).toBe(StatusCode);
  }
  const missing = await client.send(new lambda.GetFunctionCommand({ FunctionName: 'f' })).then(
    () => expect.unreachable('no error'),
    (error: unknown) => error,
  );
  expect(missing).toBeInstanceOf(lambda.ResourceNotFoundException);
  expect(missing).toMatchObject({ Type: 'User', message: 'Function not found: f' });
  const work = folder();
  writeFileSync(join(work, 'event'), '{"n":1}');
  const report = await aws(
    endpoint,
    'lambda',
    'invoke',
    '--function-name',
    'f',
    '--payload',
    `fileb://${join(work, 'event')}`,
    join(work, 'answer'),
  );
  expect(JSON.parse(report)).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(readFileSync(join(work, 'answer'), 'utf8')).toBe('"ok"');
  expect(inputs.at(-1)).toMatchObject({ Payload: Buffer.from('{"n":1}') });
});

test('Lambda: ?find=, numbers in labels, repeated tag keys', async () => {
  const { settings, inputs } = await serve('lambda', FUNCTIONS, {
    GetLayerVersionByArn: () => ({ Version: 2 }),
    ListLayers: () => ({ Layers: [] }),
    DeleteLayerVersion: () => undefined,
    UntagResource: () => undefined,
  });
  const client = new lambda.LambdaClient(settings);
  const Arn = 'arn:aws:lambda:us-east-1:0:layer:l:2';
  expect((await client.send(new lambda.GetLayerVersionByArnCommand({ Arn }))).Version).toBe(2);
  expect((await client.send(new lambda.ListLayersCommand({}))).Layers).toEqual([]);
  await client.send(new lambda.DeleteLayerVersionCommand({ LayerName: 'l', VersionNumber: 12 }));
  const TagKeys = ['a', 'b c'];
  await client.send(new lambda.UntagResourceCommand({ Resource: Arn, TagKeys }));
  expect(inputs).toEqual([
    { Arn },
    {},
    { LayerName: 'l', VersionNumber: 12 },
    { Resource: Arn, TagKeys },
  ]);
});

test('@connections: millisecond dates, ids with an equal sign, an endpoint with a path', async () => {
  const sdk = management;
  const dialect = { ...API_GATEWAY_DIALECT, milliseconds: true };
  const { endpoint, settings, inputs } = await serve(
    'execute-api',
    { sdk, dialect },
    {
      GetConnection: () => ({ ConnectedAt: DATE, LastActiveAt: DATE }),
      PostToConnection: () => ({}),
    },
  );
  const client = new management.ApiGatewayManagementApiClient(settings);
  const ConnectionId = 'L0SM9cOFvHcCIhw=';
  const found = await client.send(new management.GetConnectionCommand({ ConnectionId }));
  expect(found.ConnectedAt).toEqual(DATE);
  await client.send(new management.PostToConnectionCommand({ ConnectionId, Data: 'hi' }));
  await aws(endpoint, 'apigatewaymanagementapi', 'get-connection', '--connection-id', ConnectionId);
  expect(inputs).toEqual([
    { ConnectionId },
    { ConnectionId, Data: Buffer.from('hi') },
    { ConnectionId },
  ]);
});
