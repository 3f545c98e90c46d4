// The Lambda API answers the official SDK v3 client: life of a function, permissions and tags.
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
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
import {
  ARN,
  ECHO,
  ROLE,
  caught,
  createInput,
  text,
  zip,
  type LambdaApi,
  serveLambda,
} from '../../support/lambda-api.ts';

let api: LambdaApi;
beforeAll(async () => {
  api = await serveLambda();
});
afterAll(() => api.close());

test('create answers the configuration with its defaults, as AWS does while it makes the function', async () => {
  const output = await api.client.send(
    new CreateFunctionCommand(createInput({ FunctionName: 'defaults' })),
  );
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
    { client: api.client, maxWaitTime: 10 },
    { FunctionName: 'defaults' },
  );
  expect(waited.state).toBe('SUCCESS');
});

test('get: configuration, tags and a URL of the zip', async () => {
  const FunctionName = await api.create({
    Tags: { team: 'chat' },
    Environment: { Variables: { A_B: '1' } },
  });
  const { Configuration, Code, Tags } = await api.client.send(
    new GetFunctionCommand({ FunctionName }),
  );
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
  const byArn = await api.client.send(
    new GetFunctionConfigurationCommand({ FunctionName: `${ARN}${FunctionName}:$LATEST` }),
  );
  expect(byArn.FunctionName).toBe(FunctionName);
});

test('list: pages in order of names, of the region only', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await api.create({ FunctionName: name });
  const all: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await api.client.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
    expect(page.Functions?.length).toBeLessThanOrEqual(2);
    all.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName ?? ''));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(all).toEqual([...all].sort());
  expect(all).toEqual(expect.arrayContaining(['list-a', 'list-b', 'list-c']));
  const elsewhere = new LambdaClient({ ...clientOf(api.endpoint), region: 'us-east-1' });
  expect((await elsewhere.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
});

test('new code and new settings serve at once', async () => {
  const FunctionName = await api.create();
  const before = await api.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  await api.client.send(new InvokeCommand({ FunctionName }));
  const updated = await api.client.send(
    new UpdateFunctionCodeCommand({
      FunctionName,
      ZipFile: zip('export const handler = async () => process.env.GREETING ?? "new"'),
      RevisionId: before.RevisionId,
    }),
  );
  expect(updated).toMatchObject({ LastUpdateStatus: 'InProgress', State: 'Active' });
  expect(updated.RevisionId).not.toBe(before.RevisionId);
  expect(updated.CodeSha256).not.toBe(before.CodeSha256);
  expect(text((await api.client.send(new InvokeCommand({ FunctionName }))).Payload)).toBe('"new"');
  const settings = await api.client.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      Environment: { Variables: { GREETING: 'hello' } },
      Timeout: 900,
      MemorySize: 256,
      Description: 'd',
    }),
  );
  expect(settings).toMatchObject({ Timeout: 900, MemorySize: 256, Description: 'd' });
  const waited = await waitUntilFunctionUpdatedV2(
    { client: api.client, maxWaitTime: 10 },
    { FunctionName },
  );
  expect(waited.state).toBe('SUCCESS');
  expect(text((await api.client.send(new InvokeCommand({ FunctionName }))).Payload)).toBe(
    '"hello"',
  );
  const cleared = await api.client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: {} } }),
  );
  expect(cleared.Environment).toBeUndefined();
  expect(cleared.Timeout).toBe(900);
  const dry = await api.client.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: ECHO, DryRun: true }),
  );
  expect(dry.CodeSha256).toBe(updated.CodeSha256);
});

test('permissions: statement as AWS writes it, policy, removal', async () => {
  const FunctionName = await api.create();
  const SourceArn = 'arn:aws:execute-api:eu-west-1:000000000000:abc/*/$connect';
  const added = await api.client.send(
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
  expect(await caught(api.client.send(new AddPermissionCommand(again)))).toMatchObject({
    name: 'ResourceConflictException',
    $metadata: { httpStatusCode: 409 },
  });
  const many = ['a', 'b', 'c', 'd'].map((StatementId) =>
    api.client.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: '123456789012',
      }),
    ),
  );
  await Promise.all(many);
  const { Policy = '' } = await api.client.send(new GetPolicyCommand({ FunctionName }));
  const { Version, Id, Statement } = JSON.parse(Policy) as {
    Version: string;
    Id: string;
    Statement: { Sid: string }[];
  };
  expect([Version, Id]).toEqual(['2012-10-17', 'default']);
  expect(Statement.map(({ Sid }) => Sid).sort()).toEqual(['a', 'b', 'c', 'd', 'gateway']);
  for (const StatementId of ['a', 'b', 'c', 'd', 'gateway']) {
    await api.client.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  }
  expect(await caught(api.client.send(new GetPolicyCommand({ FunctionName })))).toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  });
});

test('tags by ARN', async () => {
  const Resource = `${ARN}${await api.create({ Tags: { a: '1', b: '2' } })}`;
  await api.client.send(new TagResourceCommand({ Resource, Tags: { b: '3', c: '4' } }));
  await api.client.send(new UntagResourceCommand({ Resource, TagKeys: ['a'] }));
  const { Tags } = await api.client.send(new ListTagsCommand({ Resource }));
  expect(Tags).toEqual({ b: '3', c: '4' });
});

test('delete: the function is gone everywhere', async () => {
  const FunctionName = await api.create();
  await api.client.send(new InvokeCommand({ FunctionName }));
  const deleted = await api.client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  const error = await caught(api.client.send(new InvokeCommand({ FunctionName })));
  expect(error).toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ARN}${FunctionName}:$LATEST`,
    $metadata: { httpStatusCode: 404 },
  });
  expect((error as { Type?: string }).Type).toBe('User');
  await api.create({ FunctionName });
  expect((await api.client.send(new InvokeCommand({ FunctionName }))).StatusCode).toBe(200);
});
