// Invoke by the official SDK v3 client: events, answers, logs, errors and sizes.
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARN, caught, text, zip, type LambdaApi, serveLambda } from '../../support/lambda-api.ts';

let api: LambdaApi;
beforeAll(async () => {
  api = await serveLambda();
});
afterAll(() => api.close());

test('invoke: events and answers as they are, by name, ARN and partial ARN', async () => {
  const FunctionName = await api.create();
  for (const name of [
    FunctionName,
    `${ARN}${FunctionName}`,
    `000000000000:function:${FunctionName}`,
  ]) {
    const payload = '{"n":1.50,"t":"ü😀"}';
    const output = await api.client.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(payload) }),
    );
    expect(JSON.parse(text(output.Payload))).toEqual(JSON.parse(payload));
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output.FunctionError).toBeUndefined();
  }
  const empty = await api.client.send(new InvokeCommand({ FunctionName }));
  expect(text(empty.Payload)).toBe('{}');
});

test('invoke with Tail: the last 4 KB of the log, START to REPORT', async () => {
  const FunctionName = await api.create({
    Code: {
      ZipFile: zip(
        'export const handler = async () => { console.log("x".repeat(9)); console.error({ a: 1 }); process.stdout.write("raw\\n") }',
      ),
    },
  });
  const output = await api.client.send(new InvokeCommand({ FunctionName, LogType: 'Tail' }));
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
  const FunctionName = await api.create({
    Code: { ZipFile: zip('export const handler = async () => { throw new TypeError("no") }') },
  });
  const failed = await api.client.send(new InvokeCommand({ FunctionName }));
  expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(text(failed.Payload))).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'no',
  });
  const event = await api.client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  expect([event.StatusCode, text(event.Payload)]).toEqual([202, '']);
  const dry = await api.client.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
  expect([dry.StatusCode, text(dry.Payload)]).toEqual([204, '']);
});

test('client context and request id reach the handler', async () => {
  const FunctionName = await api.create({
    Code: {
      ZipFile: zip(
        'export const handler = async (e, c) => [c.clientContext, c.awsRequestId, c.invokedFunctionArn, c.memoryLimitInMB, c.getRemainingTimeInMillis() <= 3000]',
      ),
    },
  });
  const ClientContext = Buffer.from('{"custom":{"a":1}}').toString('base64');
  const { Payload } = await api.client.send(new InvokeCommand({ FunctionName, ClientContext }));
  expect(JSON.parse(text(Payload))).toEqual([
    { custom: { a: 1 } },
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    `${ARN}${FunctionName}`,
    '128',
    true,
  ]);
});

test('invoke refuses what is not JSON, what is too large, and unknown qualifiers', async () => {
  const FunctionName = await api.create();
  const bad = await caught(
    api.client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{x') })),
  );
  expect(bad.name).toBe('InvalidRequestContentException');
  expect(bad.message).toMatch(
    /^Could not parse request body into json: Could not parse payload into json: /,
  );
  const large = Buffer.from(JSON.stringify('x'.repeat(6_291_456)));
  const tooLarge = await caught(
    api.client.send(new InvokeCommand({ FunctionName, Payload: large })),
  );
  expect(tooLarge).toMatchObject({
    name: 'RequestTooLargeException',
    $metadata: { httpStatusCode: 413 },
  });
  const alias = await caught(
    api.client.send(new InvokeCommand({ FunctionName, Qualifier: 'live' })),
  );
  expect([alias.name, alias.message]).toEqual([
    'ResourceNotFoundException',
    `Function not found: ${ARN}${FunctionName}:live`,
  ]);
  const mismatch = await caught(
    api.client.send(new InvokeCommand({ FunctionName: `${FunctionName}:a`, Qualifier: 'b' })),
  );
  expect(mismatch.message).toMatch(/^The derived qualifier from the function name does not match/);
});

test('a response over 6 MB is an error of the function', async () => {
  const FunctionName = await api.create({
    Code: { ZipFile: zip('export const handler = async ({ n }) => "x".repeat(n)') },
  });
  const limit = 6_291_556;
  const send = (n: number) =>
    api.client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ n })) }),
    );
  expect((await send(limit - 2)).Payload?.length).toBe(limit);
  expect(text((await send(limit - 1)).Payload)).toBe(
    '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
  );
});
