// What the Lambda API refuses, with the errors that AWS answers.
import {
  CreateFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  type CreateFunctionCommandInput,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { caught, createInput, type LambdaApi, serveLambda } from '../../support/lambda-api.ts';
import { zipOf } from '../../support/lambda.ts';

let api: LambdaApi;
beforeAll(async () => {
  api = await serveLambda();
});
afterAll(() => api.close());

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
  const error = await caught(api.client.send(new CreateFunctionCommand(createInput(given))));
  expect(error.name).toBe(name);
  expect(error.message).toMatch(message);
});

test('conflicts: a taken name, an old revision', async () => {
  const FunctionName = await api.create();
  const taken = await caught(
    api.client.send(new CreateFunctionCommand(createInput({ FunctionName }))),
  );
  expect([taken.name, taken.message]).toEqual([
    'ResourceConflictException',
    `Function already exist: ${FunctionName}`,
  ]);
  const old = await caught(
    api.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId: 'old' })),
  );
  expect(old.name).toBe('PreconditionFailedException');
  expect(old.message).toMatch(/^The Revision Id provided does not match the latest Revision Id\./);
});

test('operations that are not built answer 501 with their name', async () => {
  const error = await caught(api.client.send(new PublishVersionCommand({ FunctionName: 'x' })));
  expect(error).toMatchObject({
    name: 'NotImplementedException',
    $metadata: { httpStatusCode: 501 },
  });
  expect(error.message).toContain('PublishVersion');
});
