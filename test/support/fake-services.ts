// Stand-ins for SQS, SNS, EventBridge, Step Functions and Kinesis: they verify signatures, read each protocol, remember calls.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { scopeOf } from '#shared/aws-api/signature.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';

/** One accepted call. */
export interface ServiceCall {
  /** As its signature names it. */
  readonly service: string;
  readonly path: string;
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The running stand-ins. */
export interface FakeServices {
  readonly url: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly calls: readonly ServiceCall[];
  close(): void;
}

type Answer = Readonly<Record<string, unknown>>;

/** What each action needs and answers, by `service.action`. */
const ACTIONS: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly answer: Answer }>
> = {
  'sqs.SendMessage': { needs: ['MessageBody'], answer: { MessageId: 'm-1' } },
  'sns.Publish': { needs: ['TopicArn', 'Message'], answer: { MessageId: 'n-1' } },
  'events.PutEvents': {
    needs: ['Entries'],
    answer: { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] },
  },
  'states.StartExecution': { needs: ['stateMachineArn'], answer: { executionArn: 'arn:x-1' } },
  'kinesis.PutRecord': {
    needs: ['StreamName', 'Data', 'PartitionKey'],
    answer: { ShardId: 'shardId-000000000000', SequenceNumber: '1' },
  },
};

/** Targets and content types of the JSON services. */
const JSON_SERVICES: Readonly<Record<string, readonly [target: string, type: string]>> = {
  events: ['AWSEvents', 'application/x-amz-json-1.1'],
  states: ['AWSStepFunctions', 'application/x-amz-json-1.0'],
  kinesis: ['Kinesis_20131202', 'application/x-amz-json-1.1'],
};

/** Starts them on a free port. Whoever starts them closes them. */
export async function startFakeServices(): Promise<FakeServices> {
  const keys = { accessKeyId: 'AKIDOUTSIDE', secretAccessKey: 'outside' };
  const principal = { name: 'node', accessKeyId: keys.accessKeyId };
  const verifier = new SigV4Verifier(new Credentials([{ ...keys, principal }], { open: false }));
  const calls: ServiceCall[] = [];
  const server = createServer((request, response) => {
    bodyOf(request).then(
      (body) => {
        const { status, answer } = handle(request, body, { verifier, calls });
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, keys, calls, close };
}

function handle(
  request: IncomingMessage,
  body: Buffer,
  { verifier, calls }: { readonly verifier: SigV4Verifier; readonly calls: ServiceCall[] },
): { readonly status: number; readonly answer: Answer } {
  const { method = '', url = '', rawHeaders } = request;
  try {
    const service = scopeOf({ url, rawHeaders })?.service ?? '';
    verifier.verify({ method, url, rawHeaders, body }, service);
    const { pathname } = new URL(url, 'http://x');
    const { action, input } =
      service in JSON_SERVICES ? readJson(request, service, body) : readQuery(request, body);
    const known = ACTIONS[`${service}.${action}`];
    const lacks = known?.needs.find((name) => (input[name] ?? '') === '');
    if (known === undefined || lacks !== undefined) throw new Error(`${action} lacks ${lacks}`);
    calls.push({ service, path: pathname, action, input });
    const answer =
      service in JSON_SERVICES
        ? known.answer
        : { [`${action}Response`]: { [`${action}Result`]: known.answer } };
    return { status: 200, answer };
  } catch (error) {
    return { status: 400, answer: { message: String(error) } };
  }
}

function readJson({ headers }: IncomingMessage, service: string, body: Buffer) {
  const [target, type] = JSON_SERVICES[service] ?? [];
  const [given, action = ''] = String(headers['x-amz-target']).split('.');
  if (given !== target || headers['content-type'] !== type) throw new Error('UnknownOperation');
  return { action, input: JSON.parse(body.toString()) as Record<string, unknown> };
}

function readQuery({ url = '', headers }: IncomingMessage, body: Buffer) {
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Error('no form');
  const form = [...new URLSearchParams(body.toString())];
  const input = Object.fromEntries([...new URL(url, 'http://x').searchParams, ...form]);
  return { action: input['Action'] ?? '', input };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
