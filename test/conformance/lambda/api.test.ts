// The Lambda API answers the official SDK v3 client: life of a function, invocations, permissions, tags and errors.
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  type LambdaServiceException,
  ListFunctionsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOf } from '../../support/aws-listener.ts';
import { type LambdaApi, serveLambda } from '../../support/lambda-api.ts';
import { zipOf } from '../../support/lambda.ts';

const ROLE = 'arn:aws:iam::000000000000:role/lambda';
const ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:';
let api: LambdaApi;
let client: LambdaClient;

beforeAll(async () => {
  api = await serveLambda();
  client = new LambdaClient(clientOf(api.endpoint));
});
afterAll(() => api.close());

const zip = (source: string): Buffer => zipOf({ 'index.mjs': source });
const ECHO = zip('export const handler = async (event) => event');
let count = 0;

/** Input of CreateFunction with a name of its own. */
function input(given: Partial<CreateFunctionCommandInput> = {}): CreateFunctionCommandInput {
  return {
    FunctionName: `fn-${++count}`,
    Role: ROLE,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: ECHO },
    ...given,
  };
}

async function create(given: Partial<CreateFunctionCommandInput> = {}): Promise<string> {
  const { FunctionName = '' } = await client.send(new CreateFunctionCommand(input(given)));
  return FunctionName;
}

async function caught(promise: Promise<unknown>): Promise<LambdaServiceException> {
  return promise.then(
    () => expect.unreachable('no error'),
    (error: unknown) => error as LambdaServiceException,
  );
}

const text = (payload: Uint8Array | undefined): string => Buffer.from(payload ?? []).toString();

test('create answers the configuration with its defaults, as AWS does while it makes the function', async () => {
  const output = await client.send(new CreateFunctionCommand(input({ FunctionName: 'defaults' })));
  expect(output.$metadata.httpStatusCode).toBe(201);
  expect({ ...output, $metadata: undefined }).toEqual({
    $metadata: undefined,
    FunctionName: 'defaults',
    FunctionArn: `${ARN}defaults`,
    Runtime: 'nodejs22.x',
    Role: ROLE,
    Handler: 'index.handler',
    CodeSize: ECHO.length,
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) as string,
    CodeSha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string,
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/defaults' },
  });
  const waited = await waitUntilFunctionActiveV2(
    { client, maxWaitTime: 10 },
    { FunctionName: 'defaults' },
  );
  expect(waited.state).toBe('SUCCESS');
});

test('get: configuration, tags and a URL of the zip', async () => {
  const FunctionName = await create({
    Tags: { team: 'chat' },
    Environment: { Variables: { A_B: '1' } },
  });
  const { Configuration, Code, Tags } = await client.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration).toMatchObject({
    FunctionName,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Environment: { Variables: { A_B: '1' } },
  });
  expect(Tags).toEqual({ team: 'chat' });
  expect(Code?.RepositoryType).toBe('S3');
  const response = await fetch(Code?.Location ?? '');
  expect(Buffer.from(await response.arrayBuffer()).equals(ECHO)).toBe(true);
  expect((await fetch(`${Code?.Location}x`)).status).toBe(403);
  const byArn = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName: `${ARN}${FunctionName}:$LATEST` }),
  );
  expect(byArn.FunctionName).toBe(FunctionName);
});

test('list: pages in order of names, of the region only', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await create({ FunctionName: name });
  const all: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
    expect(page.Functions?.length).toBeLessThanOrEqual(2);
    all.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName ?? ''));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(all).toEqual([...all].sort());
  expect(all).toEqual(expect.arrayContaining(['list-a', 'list-b', 'list-c']));
  const elsewhere = new LambdaClient({ ...clientOf(api.endpoint), region: 'us-east-1' });
  expect((await elsewhere.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
});

test('invoke: events and answers as they are, by name, ARN and partial ARN', async () => {
  const FunctionName = await create();
  for (const name of [
    FunctionName,
    `${ARN}${FunctionName}`,
    `000000000000:function:${FunctionName}`,
  ]) {
    const payload = '{"n":1.50,"t":"ü😀"}';
    const output = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(payload) }),
    );
    expect(JSON.parse(text(output.Payload))).toEqual(JSON.parse(payload));
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output.FunctionError).toBeUndefined();
  }
  const empty = await client.send(new InvokeCommand({ FunctionName }));
  expect(text(empty.Payload)).toBe('{}');
});

test('invoke with Tail: the last 4 KB of the log, START to REPORT', async () => {
  const FunctionName = await create({
    Code: {
      ZipFile: zip(
        'export const handler = async () => { console.log("x".repeat(9)); console.error({ a: 1 }); process.stdout.write("raw\\n") }',
      ),
    },
  });
  const output = await client.send(new InvokeCommand({ FunctionName, LogType: 'Tail' }));
  expect(text(output.Payload)).toBe('null');
  const lines = Buffer.from(output.LogResult ?? '', 'base64')
    .toString()
    .split('\n');
  const id = '[0-9a-f-]{36}';
  const expected = [
    `START RequestId: ${id} Version: \\$LATEST`,
    `\\d{4}-.*Z\t${id}\tINFO\tx{9}`,
    `\\d{4}-.*Z\t${id}\tERROR\t\\{ a: 1 \\}`,
    'raw',
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms\t`,
    '',
  ];
  expect(lines).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) {
    expect(lines[index]).toMatch(new RegExp(`^${pattern}$`));
  }
});

test('invoke: a thrown error is 200 with FunctionError; Event is 202, DryRun 204', async () => {
  const FunctionName = await create({
    Code: { ZipFile: zip('export const handler = async () => { throw new TypeError("no") }') },
  });
  const failed = await client.send(new InvokeCommand({ FunctionName }));
  expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(text(failed.Payload))).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'no',
  });
  const event = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  expect([event.StatusCode, text(event.Payload)]).toEqual([202, '']);
  const dry = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
  expect([dry.StatusCode, text(dry.Payload)]).toEqual([204, '']);
});

test('client context and request id reach the handler', async () => {
  const FunctionName = await create({
    Code: {
      ZipFile: zip(
        'export const handler = async (e, c) => [c.clientContext, c.awsRequestId, c.invokedFunctionArn, c.memoryLimitInMB, c.getRemainingTimeInMillis() <= 3000]',
      ),
    },
  });
  const ClientContext = Buffer.from('{"custom":{"a":1}}').toString('base64');
  const { Payload } = await client.send(new InvokeCommand({ FunctionName, ClientContext }));
  expect(JSON.parse(text(Payload))).toEqual([
    { custom: { a: 1 } },
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    `${ARN}${FunctionName}`,
    '128',
    true,
  ]);
});

test('new code and new settings serve at once', async () => {
  const FunctionName = await create();
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  await client.send(new InvokeCommand({ FunctionName }));
  const updated = await client.send(
    new UpdateFunctionCodeCommand({
      FunctionName,
      ZipFile: zip('export const handler = async () => process.env.GREETING ?? "new"'),
      RevisionId: before.RevisionId,
    }),
  );
  expect(updated).toMatchObject({ LastUpdateStatus: 'InProgress', State: 'Active' });
  expect(updated.RevisionId).not.toBe(before.RevisionId);
  expect(updated.CodeSha256).not.toBe(before.CodeSha256);
  expect(text((await client.send(new InvokeCommand({ FunctionName }))).Payload)).toBe('"new"');
  const settings = await client.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      Environment: { Variables: { GREETING: 'hello' } },
      Timeout: 900,
      MemorySize: 256,
      Description: 'd',
    }),
  );
  expect(settings).toMatchObject({ Timeout: 900, MemorySize: 256, Description: 'd' });
  const waited = await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 10 }, { FunctionName });
  expect(waited.state).toBe('SUCCESS');
  expect(text((await client.send(new InvokeCommand({ FunctionName }))).Payload)).toBe('"hello"');
  const cleared = await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: {} } }),
  );
  expect(cleared.Environment).toBeUndefined();
  expect(cleared.Timeout).toBe(900);
  const dry = await client.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: ECHO, DryRun: true }),
  );
  expect(dry.CodeSha256).toBe(updated.CodeSha256);
});

test('permissions: statement as AWS writes it, policy, removal', async () => {
  const FunctionName = await create();
  const SourceArn = 'arn:aws:execute-api:eu-west-1:000000000000:abc/*/$connect';
  const added = await client.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn,
    }),
  );
  expect(added.Statement).toBe(
    JSON.stringify({
      Sid: 'gateway',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: `${ARN}${FunctionName}`,
      Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
    }),
  );
  const again = { FunctionName, StatementId: 'gateway', Action: 'lambda:*', Principal: '*' };
  expect(await caught(client.send(new AddPermissionCommand(again)))).toMatchObject({
    name: 'ResourceConflictException',
    $metadata: { httpStatusCode: 409 },
  });
  const many = ['a', 'b', 'c', 'd'].map((StatementId) =>
    client.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: '123456789012',
      }),
    ),
  );
  await Promise.all(many);
  const { Policy = '' } = await client.send(new GetPolicyCommand({ FunctionName }));
  const { Version, Id, Statement } = JSON.parse(Policy) as {
    Version: string;
    Id: string;
    Statement: { Sid: string }[];
  };
  expect([Version, Id]).toEqual(['2012-10-17', 'default']);
  expect(Statement.map(({ Sid }) => Sid).sort()).toEqual(['a', 'b', 'c', 'd', 'gateway']);
  for (const StatementId of ['a', 'b', 'c', 'd', 'gateway']) {
    await client.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  }
  expect(await caught(client.send(new GetPolicyCommand({ FunctionName })))).toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  });
});

test('tags by ARN', async () => {
  const Resource = `${ARN}${await create({ Tags: { a: '1', b: '2' } })}`;
  await client.send(new TagResourceCommand({ Resource, Tags: { b: '3', c: '4' } }));
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ['a'] }));
  const { Tags } = await client.send(new ListTagsCommand({ Resource }));
  expect(Tags).toEqual({ b: '3', c: '4' });
});

test('delete: the function is gone everywhere', async () => {
  const FunctionName = await create();
  await client.send(new InvokeCommand({ FunctionName }));
  const deleted = await client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  const error = await caught(client.send(new InvokeCommand({ FunctionName })));
  expect(error).toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ARN}${FunctionName}:$LATEST`,
    $metadata: { httpStatusCode: 404 },
  });
  expect((error as { Type?: string }).Type).toBe('User');
  await create({ FunctionName });
  expect((await client.send(new InvokeCommand({ FunctionName }))).StatusCode).toBe(200);
});

const REFUSED: readonly (readonly [
  what: string,
  given: Partial<CreateFunctionCommandInput>,
  name: string,
  message: RegExp,
])[] = [
  [
    'bad name',
    { FunctionName: 'a b' },
    'ValidationException',
    /^1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
  ],
  [
    'long name',
    { FunctionName: 'a'.repeat(65) },
    'ValidationException',
    /length less than or equal to 64/,
  ],
  [
    'other region',
    { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:x' },
    'ResourceNotFoundException',
    /^Functions from 'us-east-1' are not reachable in this region \('eu-west-1'\)$/,
  ],
  ['no role', { Role: undefined }, 'ValidationException', /Value null at 'role'/],
  ['bad role', { Role: 'x' }, 'ValidationException', /at 'role' failed to satisfy constraint/],
  [
    'no runtime',
    { Runtime: undefined },
    'InvalidParameterValueException',
    /^Runtime and Handler are mandatory/,
  ],
  [
    'no handler',
    { Handler: undefined },
    'InvalidParameterValueException',
    /^Runtime and Handler are mandatory/,
  ],
  [
    'unknown runtime',
    { Runtime: 'cobol1' as 'nodejs' },
    'InvalidParameterValueException',
    /^Value cobol1 at 'runtime' failed to satisfy constraint/,
  ],
  [
    'python',
    { Runtime: 'python3.12' },
    'NotImplementedException',
    /^Runtime python3\.12: functions run in processes of this node's Node\.js/,
  ],
  [
    'old Node.js',
    { Runtime: 'nodejs8.10' },
    'InvalidParameterValueException',
    /no longer supported/,
  ],
  [
    'timeout 0',
    { Timeout: 0 },
    'ValidationException',
    /Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1$/,
  ],
  ['timeout 901', { Timeout: 901 }, 'ValidationException', /less than or equal to 900$/],
  ['memory 64', { MemorySize: 64 }, 'ValidationException', /greater than or equal to 128$/],
  [
    'reserved variable',
    { Environment: { Variables: { AWS_REGION: 'x' } } },
    'InvalidParameterValueException',
    /Reserved keys used in this request: AWS_REGION$/,
  ],
  [
    'too many variables',
    { Environment: { Variables: { BIG: 'x'.repeat(5000) } } },
    'InvalidParameterValueException',
    /exceeded the 4KB limit/,
  ],
  [
    'bad variable',
    { Environment: { Variables: { '1a': 'x' } } },
    'ValidationException',
    /environment\.variables/,
  ],
  [
    'no zip',
    { Code: { ZipFile: Buffer.from('not a zip at all, really not') } },
    'InvalidParameterValueException',
    /^Could not unzip uploaded file/,
  ],
  [
    'empty zip',
    { Code: { ZipFile: zipOf({}) } },
    'InvalidParameterValueException',
    /^Uploaded file must be a non-empty zip$/,
  ],
  ['no code', { Code: {} }, 'InvalidParameterValueException', /source for function code/],
  ['code in S3', { Code: { S3Bucket: 'b', S3Key: 'k' } }, 'NotImplementedException', /S3/],
  [
    'image',
    { PackageType: 'Image', Code: { ImageUri: 'x' } },
    'NotImplementedException',
    /container image/,
  ],
  [
    'layers',
    { Layers: ['arn:aws:lambda:eu-west-1:000000000000:layer:x:1'] },
    'NotImplementedException',
    /layers/,
  ],
  ['publish', { Publish: true }, 'NotImplementedException', /Publishing a version/],
  [
    'zip that climbs',
    { Code: { ZipFile: zipOf({ '../evil.js': '' }) } },
    'InvalidParameterValueException',
    /^Could not unzip/,
  ],
];

test.each(REFUSED)('create refuses: %s', async (_what, given, name, message) => {
  const error = await caught(client.send(new CreateFunctionCommand(input(given))));
  expect(error.name).toBe(name);
  expect(error.message).toMatch(message);
});

test('conflicts: a taken name, an old revision', async () => {
  const FunctionName = await create();
  const taken = await caught(client.send(new CreateFunctionCommand(input({ FunctionName }))));
  expect([taken.name, taken.message]).toEqual([
    'ResourceConflictException',
    `Function already exist: ${FunctionName}`,
  ]);
  const old = await caught(
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId: 'old' })),
  );
  expect(old.name).toBe('PreconditionFailedException');
  expect(old.message).toMatch(/^The Revision Id provided does not match the latest Revision Id\./);
});

test('invoke refuses what is not JSON, what is too large, and unknown qualifiers', async () => {
  const FunctionName = await create();
  const bad = await caught(
    client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{x') })),
  );
  expect(bad.name).toBe('InvalidRequestContentException');
  expect(bad.message).toMatch(
    /^Could not parse request body into json: Could not parse payload into json: /,
  );
  const large = Buffer.from(JSON.stringify('x'.repeat(6_291_456)));
  const tooLarge = await caught(client.send(new InvokeCommand({ FunctionName, Payload: large })));
  expect(tooLarge).toMatchObject({
    name: 'RequestTooLargeException',
    $metadata: { httpStatusCode: 413 },
  });
  const alias = await caught(client.send(new InvokeCommand({ FunctionName, Qualifier: 'live' })));
  expect([alias.name, alias.message]).toEqual([
    'ResourceNotFoundException',
    `Function not found: ${ARN}${FunctionName}:live`,
  ]);
  const mismatch = await caught(
    client.send(new InvokeCommand({ FunctionName: `${FunctionName}:a`, Qualifier: 'b' })),
  );
  expect(mismatch.message).toMatch(/^The derived qualifier from the function name does not match/);
});

test('a response over 6 MB is an error of the function', async () => {
  const FunctionName = await create({
    Code: { ZipFile: zip('export const handler = async ({ n }) => "x".repeat(n)') },
  });
  const limit = 6_291_556;
  const send = (n: number) =>
    client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ n })) }));
  expect((await send(limit - 2)).Payload?.length).toBe(limit);
  expect(text((await send(limit - 1)).Payload)).toBe(
    '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
  );
});

test('operations that are not built answer 501 with their name', async () => {
  const error = await caught(client.send(new PublishVersionCommand({ FunctionName: 'x' })));
  expect(error).toMatchObject({
    name: 'NotImplementedException',
    $metadata: { httpStatusCode: 501 },
  });
  expect(error.message).toContain('PublishVersion');
});
