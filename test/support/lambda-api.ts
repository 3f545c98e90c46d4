// The Lambda API over a function service in memory, on a listener of its own.
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  LambdaClient,
  type LambdaServiceException,
} from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { lambdaFronts } from '#services/lambda/front.ts';
import { Credentials, openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { AdminFront } from '#shared/model/services.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { clientOf, listen } from './aws-listener.ts';
import { startLambda, type TestLambda, zipOf } from './lambda.ts';

/** A served API. */
export interface LambdaApi {
  readonly endpoint: string;
  readonly lambda: TestLambda;
  readonly client: LambdaClient;
  /** Creates a function, an echo by default; answers its name. */
  create(given?: Partial<CreateFunctionCommandInput>): Promise<string>;
  close(): Promise<void>;
}

/** Serves the Lambda API and its downloads until `close`; with a `signer` only to that key. */
export async function serveLambda(
  options: Parameters<typeof startLambda>[0] = {},
  signer?: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<LambdaApi> {
  const lambda = await startLambda(options);
  let endpoint = '';
  const { api, downloads } = lambdaFronts(lambda.service, () => endpoint, {
    verifier: new SigV4Verifier(signer === undefined ? openCredentials() : credentialsOf(signer)),
    accountId: lambda.accountId,
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  await api.load();
  const both: AdminFront = {
    name: 'both',
    claims: (request) => downloads.claims(request) || api.claims(request),
    handle: (request, response) =>
      (downloads.claims(request) ? downloads : api).handle(request, response),
  };
  let closeListener: () => void = () => undefined;
  const listener = await listen(both, (close) => (closeListener = close));
  endpoint = listener.endpoint;
  const close = async (): Promise<void> => {
    closeListener();
    await lambda.close();
  };
  const client = new LambdaClient(clientOf(endpoint));
  const create: LambdaApi['create'] = async (given) => {
    const { FunctionName = '' } = await client.send(new CreateFunctionCommand(createInput(given)));
    return FunctionName;
  };
  return { endpoint, lambda, client, create, close };
}

function credentialsOf(key: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  const principal = { name: 'tester', accessKeyId: key.accessKeyId };
  return new Credentials([{ ...key, principal }], { open: false });
}

/** ARN of a function of the tests without its name. */
export const ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:';
/** Any role. */
export const ROLE = 'arn:aws:iam::000000000000:role/lambda';
/** Code of a function from its one file. */
export const zip = (source: string): Buffer => zipOf({ 'index.mjs': source });
/** Answers its event. */
export const ECHO = zip('export const handler = async (event) => event');
let count = 0;

/** Input of CreateFunction for an echo with a name of its own. */
export function createInput(
  given: Partial<CreateFunctionCommandInput> = {},
): CreateFunctionCommandInput {
  return {
    FunctionName: `fn-${++count}`,
    Role: ROLE,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: ECHO },
    ...given,
  };
}

/** The error of a call that must fail. */
export async function caught(promise: Promise<unknown>): Promise<LambdaServiceException> {
  return promise.then(
    () => expect.unreachable('no error'),
    (error: unknown) => error as LambdaServiceException,
  );
}

/** A payload as text. */
export const text = (payload: Uint8Array | undefined): string =>
  Buffer.from(payload ?? []).toString();
