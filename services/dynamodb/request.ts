// From an HTTP request to an operation's answer: what is refused before an operation is reached, in DynamoDB's order.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import type { DynamoDbAnswer } from '#shared/store/dynamodb-calls.ts';
import { namesOwnTable, OWN_TABLE_REFUSAL } from '#shared/store/own-tables.ts';
import type { Data } from './dynalite.ts';
import type { Engine } from './engine.ts';
import { coralFailure, toFailure, type Failure } from './failure.ts';
import type { Call } from './messages.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** DynamoDB's largest request. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const TARGET = /^DynamoDB_20120810\.([A-Za-z]+)$/;
const JSON_TYPES = ['application/json', 'application/x-amz-json-1.0'];
const REQUEST_ID_LENGTH = 52;
const NOTHING_HIDDEN: readonly string[] = [];
const NO_QUERY = new URLSearchParams();
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Answers one request. `report` hears of failures that are ours and not the caller's. */
export async function answerRequest(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  report: (error: Failure) => void,
): Promise<void> {
  response.setHeader('x-amzn-RequestId', newRequestId());
  if (request.method === 'GET') return health(request, response);
  const body = await readBody(request);
  if (body === undefined) return refuse(response, 413, '');
  const type = contentType(request);
  if (request.method !== 'POST' || (body.length > 0 && !JSON_TYPES.includes(type))) {
    return refuse(response, 404, '<UnknownOperationException/>\n');
  }
  const answer = await answerOf(engine, request, body, report);
  const jsonType = type === '' ? 'application/json' : type;
  send(response, answer, jsonType);
}

/**
 * Answers a call of the node itself, with `body` as the JSON of its input: nothing is hidden from it, and no signature is
 * asked for. `report` as of `answerRequest`. Never rejects.
 */
export function answerCall(
  engine: Engine,
  { operation: name, body }: Pick<Call, 'operation' | 'body'>,
  report: (error: Failure) => void,
): Promise<DynamoDbAnswer> {
  return answered(report, () => {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) throw coralFailure('UnknownOperationException');
    return operation(engine, parse(body), { host: '' });
  });
}

function answerOf(
  engine: Engine,
  request: IncomingMessage,
  body: Buffer,
  report: (error: Failure) => void,
): Promise<DynamoDbAnswer> {
  return answered(report, () => {
    const { operation, input } = understood(request, body);
    const hidden = hiddenFrom(request, engine);
    if (namesOwnTable(input, hidden)) {
      throw coralFailure(OWN_TABLE_REFUSAL.type, OWN_TABLE_REFUSAL.message);
    }
    return operation(engine, input, { host: request.headers.host ?? '', hidden });
  });
}

async function answered(
  report: (error: Failure) => void,
  work: () => Promise<Data | string>,
): Promise<DynamoDbAnswer> {
  try {
    const output = await work();
    return { status: 200, body: typeof output === 'string' ? output : JSON.stringify(output) };
  } catch (error) {
    const failed = toFailure(error);
    if (failed.status >= 500) report(failed);
    return { status: failed.status, body: JSON.stringify(failed.body) };
  }
}

/** The node's tables are there only for whoever shows the node's token. */
function hiddenFrom(request: IncomingMessage, { own }: Engine): readonly string[] {
  return own === undefined || request.headers['x-amz-security-token'] === own.token
    ? NOTHING_HIDDEN
    : own.names;
}

/** Order of the real service: JSON, target, credentials, then an empty body. */
function understood(request: IncomingMessage, body: Buffer): { operation: Operation; input: Data } {
  const input = body.length === 0 ? undefined : parse(body.toString());
  const [, name] = TARGET.exec(String(request.headers['x-amz-target'] ?? '')) ?? [];
  const operation = name === undefined ? undefined : OPERATIONS.get(name);
  if (operation === undefined) throw coralFailure('UnknownOperationException');
  assertSigned(request);
  if (input === undefined) throw coralFailure('SerializationException');
  return { operation, input };
}

function parse(text: string): Data {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw coralFailure('SerializationException');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Data;
  throw coralFailure('SerializationException');
}

/** A signature has to be there and whole; whose it is, is not asked: any credentials do. */
function assertSigned(request: IncomingMessage): void {
  const header = request.headers.authorization;
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  // Nearly every request is signed in its header, and a query costs more to read than all the rest of this.
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const inQuery = query.has('X-Amz-Algorithm');
  if (header !== undefined && inQuery) {
    const text = `Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.`;
    throw coralFailure('InvalidSignatureException', text);
  }
  if (!inQuery && header?.trim().startsWith('AWS4-') !== true) {
    const text = 'Request is missing Authentication Token';
    throw coralFailure('MissingAuthenticationTokenException', text);
  }
  const faults = header === undefined ? queryFaults(query) : headerFaults(request, header);
  if (faults !== '') throw coralFailure('IncompleteSignatureException', faults);
}

function headerFaults(request: IncomingMessage, header: string): string {
  const parts = header.split(/[, ]+/).map((part) => part.split('=')[0]);
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !parts.includes(name))
    .map((name) => `Authorization header requires '${name}' parameter. `);
  if (request.headers['x-amz-date'] === undefined && request.headers.date === undefined) {
    missing.push(
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. `,
    );
  }
  return missing.length === 0 ? '' : `${missing.join('')}Authorization=${header}`;
}

function queryFaults(query: URLSearchParams): string {
  const missing = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Signature',
    'X-Amz-SignedHeaders',
    'X-Amz-Date',
  ]
    .filter((name) => !query.has(name))
    .map((name) => `AWS query-string parameters must include '${name}'. `);
  return missing.length === 0 ? '' : `${missing.join('')}Re-examine the query-string parameters.`;
}

/** The whole body, or `undefined` when it is too long. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) return void chunks.push(chunk);
      // What still comes is dropped with the connection.
      request.pause();
      resolve(undefined);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client has gone')));
  });
}

/** What DynamoDB's endpoints answer to load balancers. */
function health(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  send(response, { status: 200, body: 'healthy: dynamodb' }, 'text/plain');
}

function refuse(response: ServerResponse, status: number, body: string): void {
  if (status === 413) response.setHeader('Connection', 'close');
  send(response, { status, body }, undefined);
}

function send(
  response: ServerResponse,
  { status, body }: DynamoDbAnswer,
  type: string | undefined,
): void {
  if (type !== undefined) response.setHeader('Content-Type', type);
  response.statusCode = status;
  response.setHeader('x-amz-crc32', crc32(body));
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function contentType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** 52 upper-case letters and digits, as DynamoDB's request ids are. */
function newRequestId(): string {
  let id = '';
  for (const byte of randomBytes(REQUEST_ID_LENGTH)) id += BASE32.charAt(byte % BASE32.length);
  return id;
}
