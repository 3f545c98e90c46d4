// Every operation of the four SDK modules in both directions: what the official client writes we read, what we write it reads.
import { Readable } from 'node:stream';
import * as v1 from '@aws-sdk/client-api-gateway';
import * as management from '@aws-sdk/client-apigatewaymanagementapi';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import { buildQueryString, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { describe, expect, test } from 'vitest';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { API_GATEWAY_DIALECT, type Dialect, LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { type Operation, readModel } from '#shared/aws-api/operations.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { WireRequest, WireResponse } from '#shared/aws-api/wire.ts';
import { sampleMembers } from '../../support/sample.ts';
import { CONTEXT, recorder } from '../../support/wire-request.ts';

const KEY = {
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'secret',
  sessionToken: 'token/+=',
  principal: { name: 'tester', accessKeyId: 'AKIDTEST' },
};

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>;
}
type Sdk = Readonly<Record<string, unknown>>;

const services = [
  ['apigateway', v1, v1.APIGatewayClient, API_GATEWAY_DIALECT],
  ['apigatewayv2', v2, v2.ApiGatewayV2Client, API_GATEWAY_DIALECT],
  [
    'execute-api',
    management,
    management.ApiGatewayManagementApiClient,
    { ...API_GATEWAY_DIALECT, milliseconds: true },
  ],
  ['lambda', lambda, lambda.LambdaClient, LAMBDA_DIALECT],
] as const;

/** Answers an event stream, which is no single document. */
const STREAMS = new Set(['InvokeWithResponseStream']);

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body instanceof Readable) return Buffer.concat((await body.toArray()) as Buffer[]);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.length);
  return Buffer.from(typeof body === 'string' ? body : '');
}

async function toWire(request: HttpRequest): Promise<WireRequest> {
  const query = buildQueryString(request.query);
  const bytes = await bytesOf(request.body);
  return {
    method: request.method,
    url: request.path + (query && `?${query}`),
    rawHeaders: Object.entries(request.headers).flat(),
    body: bytes,
  };
}

function toHttp({ status, headers, body }: WireResponse): HttpResponse {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return new HttpResponse({
    statusCode: status,
    headers: Object.fromEntries(lower) as Record<string, string>,
    body: Readable.from([Buffer.from(body)]),
  });
}

/** The official client on top of `answer`, without a network. */
function clientOf(
  create: new (settings: never) => object,
  answer: (request: WireRequest) => Promise<WireResponse>,
): Client {
  const settings = {
    endpoint: 'https://localhost:8444',
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: KEY,
    requestHandler: {
      handle: async (request: HttpRequest) => ({
        response: toHttp(await answer(await toWire(request))),
      }),
    },
  };
  return new create(settings as never) as unknown as Client;
}

function inputMembers({ input }: Operation) {
  const { labels, query, queryMap, headers, payload, body } = input;
  return [
    ...labels.values(),
    ...query,
    ...headers,
    ...body,
    ...[queryMap, payload].filter((m) => m !== undefined),
  ];
}

function outputMembers({ output }: Operation) {
  const { headers, payload, statusCode, body } = output;
  return [...headers, ...body, ...[payload, statusCode].filter((m) => m !== undefined)];
}

/** Blobs as text: the SDK wraps them in a class of its own. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) =>
      item instanceof Uint8Array ? Buffer.from(item).toString('base64') : item,
    ).replaceAll(/\{"type":"Buffer","data":(\[[\d,]*\])\}/g, (_all, bytes: string) =>
      JSON.stringify(Buffer.from(JSON.parse(bytes) as number[]).toString('base64')),
    ),
  ) as unknown;
}

interface Kit {
  readonly sdk: Sdk;
  readonly create: new (settings: never) => object;
  readonly dialect: Dialect;
}

/** A client on a service whose handlers give what was put into `output`; signatures are verified. */
function connected({ sdk, create, dialect }: Kit) {
  const output: Record<string, unknown> = {};
  const { service, reached } = recorder(sdk, dialect, output);
  const verifier = new SigV4Verifier(new Credentials([KEY], { open: false }));
  const client = clientOf(create, async (request) => {
    const signingName = /\/([a-z-]+)\/aws4_request/.exec(request.rawHeaders.join())?.[1] ?? '';
    expect(verifier.verify(request, signingName).region).toBe('us-east-1');
    return service.handle(request, CONTEXT);
  });
  return { client, output, reached };
}

describe.each(services)('%s', (_service, sdk, create, dialect) => {
  const kit: Kit = { sdk, create: create, dialect };
  const { client, output, reached } = connected(kit);
  const operations = [...readModel(sdk).operations.values()];
  test.each(operations.filter(({ name }) => !STREAMS.has(name)))('$name', async (operation) => {
    const input = sampleMembers(inputMembers(operation));
    for (const name of Object.keys(output)) delete output[name];
    Object.assign(output, sampleMembers(outputMembers(operation)));
    const Command = kit.sdk[`${operation.name}Command`] as new (input: object) => object;
    const { $metadata, ...received } = await client.send(new Command(input));
    const call = reached.pop();
    expect(call?.operation).toBe(operation.name);
    expect(plain(call?.input)).toEqual(plain(input));
    const { httpStatusCode: status } = $metadata as { httpStatusCode: number };
    expect(status).toBe(operation.output.statusCode ? 200 : operation.status);
    if (status !== 204) expect(plain(received)).toEqual(plain(output));
  });
});
