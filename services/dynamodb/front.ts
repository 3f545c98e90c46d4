// DynamoDB on the admin listener: requests go on to the database's own listener, once it is known who sends them.
import { randomUUID } from 'node:crypto';
import {
  Agent,
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { readRequest } from '#shared/aws-api/http.ts';
import { FUNCTIONS } from '#shared/aws-api/credentials.ts';
import {
  type Caller,
  type Permission,
  requirePermissions,
  verdictOf,
} from '#shared/aws-api/permission.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { AdminFront } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { foreignBody, OWN_TABLE_REFUSAL, type OwnTables } from '#shared/store/own-tables.ts';
import { tablePermissions } from './caller-permission.ts';

const TARGET = /^DynamoDB_20120810\./;
const SIGNING_NAME = 'dynamodb';
const MAX_SOCKETS = 256;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const TOKEN = 'x-amz-security-token';
const JSON_TYPE = 'application/x-amz-json-1.0';
/** Headers of one hop, and those by which the database tells its own machine and node from others: the edge has looked at them. */
const DROPPED = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'transfer-encoding',
  'upgrade',
  TOKEN,
]);

/** Who may come in: whose signatures are good, and for which account policies speak. */
export interface DynamoDbAccess {
  readonly verifier: SigV4Verifier;
  readonly accountId: string;
  /** The node's own tables, for those who may see them; absent: there are none. */
  readonly own?: OwnTables;
}

/**
 * Claims `X-Amz-Target: DynamoDB_20120810.*`; `url` is where the database listens at the moment. With access rules,
 * only what is signed, and what its signer's policy allows, goes on; without, bodies stream through unread.
 */
export class DynamoDbFront implements AdminFront {
  readonly name = 'dynamodb';
  readonly #url: () => string;
  readonly #logger: Logger;
  readonly #access: DynamoDbAccess | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(url: () => string, logger: Logger, access?: DynamoDbAccess) {
    this.#url = url;
    this.#logger = logger;
    this.#access = access;
  }

  claims(request: IncomingMessage): boolean {
    const target = request.headers['x-amz-target'];
    return typeof target === 'string' && TARGET.test(target);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#access === undefined) request.pipe(this.#forward(request, response, {}));
    else void this.#verify(this.#access, request, response);
  }

  /** Closes the sockets to the database. */
  close(): void {
    this.#agent.destroy();
  }

  async #verify(
    { verifier, accountId, own }: DynamoDbAccess,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const wire = await readRequest(request, MAX_BODY_BYTES);
      const { principal, region } = verifier.verify(wire, SIGNING_NAME);
      const operation = String(request.headers['x-amz-target']).replace(TARGET, '');
      const caller = {
        ...{ principal, region, accountId, rawHeaders: wire.rawHeaders },
        remoteAddress: request.socket.remoteAddress,
      };
      const permissions = tablePermissions(operation, wire.body, { region, accountId });
      requirePermissions(permissions, caller);
      const isTrusted = maySeeOwnTables(permissions, caller);
      const body = own === undefined || isTrusted ? wire.body : foreign(wire.body, own);
      const shown = own !== undefined && isTrusted ? { [TOKEN]: own.token } : {};
      this.#forward(request, response, shown).end(body);
    } catch (error) {
      if (error instanceof ServiceError) refuse(response, error);
      else response.destroy();
    }
  }

  /** The request to the database; its body is the caller's to write. */
  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    shown: IncomingHttpHeaders,
  ): ClientRequest {
    const { method, url: path, headers } = request;
    const onward = httpRequest(
      this.#url(),
      { method, path, agent: this.#agent, headers: { ...kept(headers), ...shown } },
      (answer) => {
        answer.once('error', () => response.destroy());
        response.writeHead(answer.statusCode ?? 502, kept(answer.headers));
        answer.pipe(response);
      },
    );
    onward.once('error', (error) => this.#fail(response, error));
    response.once('close', () => onward.destroy());
    return onward;
  }

  /** SDKs try again after a 503. */
  #fail(response: ServerResponse, error: Error): void {
    if (response.destroyed || response.writableEnded) return;
    this.#logger.error('the embedded DynamoDB does not answer', { error });
    if (response.headersSent) return void response.destroy();
    const type = 'com.amazonaws.dynamodb.v20120810#ServiceUnavailable';
    send(response, 503, { __type: type, message: 'The embedded DynamoDB does not answer' });
  }
}

/**
 * The node's owner sees its tables, and whoever's policy names them: one that allows all tables whatsoever means those of
 * applications. Functions never do.
 */
function maySeeOwnTables(permissions: readonly Permission[], caller: Caller): boolean {
  const { principal, region, accountId } = caller;
  if (principal.name === FUNCTIONS) return false;
  if (principal.policy === undefined) return true;
  const resource = `arn:aws:dynamodb:${region}:${accountId}:table/${randomUUID()}`;
  return permissions.every(({ action }) => !verdictOf({ action, resource }, caller).allowed);
}

function foreign(body: Buffer, { names }: OwnTables): Uint8Array {
  const checked = foreignBody(body, names);
  if (checked === 'unreadable') throw new ServiceError('SerializationException', 400, '');
  if (checked !== 'own') return checked;
  throw new ServiceError(OWN_TABLE_REFUSAL.type, 403, OWN_TABLE_REFUSAL.message);
}

/** DynamoDB answers a bad signature as 400, where API Gateway and Lambda answer 403. */
function refuse(response: ServerResponse, { type, status, message }: ServiceError): void {
  const body = { __type: `com.amazon.coral.service#${type}`, message };
  send(response, status === 413 ? 413 : 400, body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': JSON_TYPE });
  response.end(JSON.stringify(body));
}

function kept(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED.has(name)));
}
