// The AWS CLI makes, invokes, permits, updates and deletes a function.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LambdaApi, serveLambda } from '../../support/lambda-api.ts';
import { zipOf } from '../../support/lambda.ts';

const run = promisify(execFile);
let api: LambdaApi;
let folder: string;

beforeAll(async () => {
  api = await serveLambda();
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function lambda(command: string, ...args: string[]): Promise<unknown> {
  const common = ['--endpoint-url', api.endpoint, '--region', 'eu-west-1', '--output', 'json'];
  const { stdout } = await run(
    'aws',
    [...common, 'lambda', command, '--function-name', 'hello', ...args],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        AWS_ACCESS_KEY_ID: 'AKIDTEST',
        AWS_SECRET_ACCESS_KEY: 'secret',
      },
    },
  );
  return stdout === '' ? undefined : (JSON.parse(stdout) as unknown);
}

const zipTo = (name: string, source: string): Promise<void> =>
  writeFile(join(folder, name), zipOf({ 'index.mjs': source }));

test('create-function to delete-function', async () => {
  await zipTo(
    'one.zip',
    'export const handler = async (e) => { console.log("hi"); return `hello ${e.who}` }',
  );
  await zipTo('two.zip', 'export const handler = async () => "two"');
  const created = await lambda(
    'create-function',
    ...['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--zip-file', 'fileb://one.zip'],
    ...['--role', 'arn:aws:iam::000000000000:role/r', '--tags', 'a=1', '--timeout', '10'],
  );
  expect(created).toMatchObject({ FunctionName: 'hello', Timeout: 10, State: 'Pending' });
  await writeFile(join(folder, 'event.json'), '{"who":"CLI"}');
  const invoked = await lambda(
    'invoke',
    ...['--payload', 'fileb://event.json', '--log-type', 'Tail', 'out.json'],
  );
  expect(invoked).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  const { LogResult } = invoked as { LogResult: string };
  expect(Buffer.from(LogResult, 'base64').toString()).toContain('INFO\thi');
  expect(await readFile(join(folder, 'out.json'), 'utf8')).toBe('"hello CLI"');
  await lambda(
    'add-permission',
    ...['--statement-id', 's', '--action', 'lambda:InvokeFunction'],
    ...['--principal', 'apigateway.amazonaws.com'],
  );
  const { Policy } = (await lambda('get-policy')) as { Policy: string };
  expect(JSON.parse(Policy)).toMatchObject({ Statement: [{ Sid: 's' }] });
  await lambda('remove-permission', '--statement-id', 's');
  await lambda('update-function-code', '--zip-file', 'fileb://two.zip');
  await lambda('update-function-configuration', '--memory-size', '256');
  await lambda('invoke', 'out.json');
  expect(await readFile(join(folder, 'out.json'), 'utf8')).toBe('"two"');
  expect(await lambda('get-function')).toMatchObject({
    Configuration: { MemorySize: 256, LastUpdateStatus: 'Successful' },
    Tags: { a: '1' },
  });
  await lambda('delete-function');
  await expect(lambda('get-function')).rejects.toThrow(
    'An error occurred (ResourceNotFoundException) when calling the GetFunction operation: Function not found: arn:aws:lambda:eu-west-1:000000000000:function:hello',
  );
});
