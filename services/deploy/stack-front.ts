// Keeps the states of template stacks on the node: `/_postern/stacks` on the admin listener, one deployer at a time per stack.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientGone, readRequest, sendResponse } from '#shared/aws-api/http.ts';
import { type Permission, requirePermissions } from '#shared/aws-api/permission.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { parseQuery, splitUrl } from '#shared/aws-api/wire.ts';
import type { WireRequest } from '#shared/aws-api/wire.ts';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { AdminFront } from '#shared/model/services.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { isObject } from './json.ts';
import { StackRecords } from './stack-records.ts';
import { SIGNING_NAME, STACK_NAME } from './state.ts';
import type { NodeFacts, StackState } from './state.ts';

const PREFIX = '/_postern/stacks';
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** A deployer that dies blocks its stack for no longer than this. */
const MAX_LOCK_MS = 10 * 60_000;

/** What the front stands on. */
export interface StackFrontOptions {
  readonly store: ResourceStore;
  readonly blobs: BlobStore;
  readonly verifier: SigV4Verifier;
  readonly accountId: string;
  /** Base of the gateway's path addresses; asked for with each request, since a port may be known late. */
  readonly gateway: () => string;
  /** Epoch milliseconds; locks lapse by it. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * `GET /_postern/stacks` lists; `GET|PUT|DELETE /_postern/stacks/{name}`. PUT takes `{ version, owner, lockMs, stack? }`:
 * the version last read (0: there is none), who locks, and for how long (0 unlocks). 409 when somebody else was
 * faster or holds the lock.
 */
export class StackFront implements AdminFront {
  readonly name = 'stacks';
  readonly #options: StackFrontOptions;
  readonly #records: StackRecords;
  readonly #logger: Logger;

  constructor(options: StackFrontOptions) {
    this.#options = options;
    this.#records = new StackRecords(options.store, options.blobs, options.now);
    this.#logger = options.logger.child('stacks');
  }

  claims({ url = '/' }: IncomingMessage): boolean {
    const { path } = splitUrl(url);
    return path === PREFIX || path.startsWith(`${PREFIX}/`);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    void this.#handle(request, response);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      const wire = await readRequest(request, MAX_BODY_BYTES);
      const { region, principal } = this.#options.verifier.verify(wire, SIGNING_NAME);
      const { accountId } = this.#options;
      requirePermissions([stackPermission(wire, region, accountId)], {
        ...{ principal, region, accountId, rawHeaders: wire.rawHeaders },
        remoteAddress: request.socket.remoteAddress,
      });
      const body = JSON.stringify(await this.#answer(wire, region));
      sendResponse(response, { status: 200, headers: JSON_HEADERS, body }, requestId);
    } catch (thrown) {
      if (thrown instanceof ClientGone) return;
      const error = this.#refusal(thrown, requestId);
      const headers = { ...JSON_HEADERS, 'x-amzn-ErrorType': error.type };
      const body = JSON.stringify({ message: error.message });
      sendResponse(response, { status: error.status, headers, body }, requestId);
    }
  }

  async #answer(wire: WireRequest, region: string): Promise<unknown> {
    const { path, query } = splitUrl(wire.url);
    const name = path.slice(PREFIX.length + 1);
    if (name === '') return this.#list(wire.method, region);
    if (!STACK_NAME.test(name)) {
      throw badRequest(`a stack's name must match ${STACK_NAME.source}`);
    }
    if (wire.method === 'GET') return this.#get(region, name);
    if (wire.method === 'PUT') return this.#put(region, name, wire.body);
    if (wire.method !== 'DELETE') throw notAllowed(wire.method);
    const parameters = new Map(parseQuery(query));
    const expect = Number(parameters.get('version') ?? Number.NaN);
    if (!Number.isInteger(expect)) throw badRequest('version must be a whole number');
    await this.#records.remove(region, name, { expect, owner: parameters.get('owner') ?? '' });
    return {};
  }

  async #list(method: string, region: string): Promise<unknown> {
    if (method !== 'GET') throw notAllowed(method);
    const { accountId, gateway } = this.#options;
    const facts: NodeFacts = { accountId, region, gateway: gateway() };
    return { ...facts, stacks: await this.#records.list(region) };
  }

  async #get(region: string, name: string): Promise<unknown> {
    const found = await this.#records.get(region, name);
    if (found !== undefined) return found;
    throw new ServiceError('NotFoundException', 404, `there is no stack ${name}`);
  }

  async #put(region: string, name: string, body: Buffer): Promise<unknown> {
    const { version, owner, lockMs, stack } = parse(body);
    if (!Number.isInteger(version) || typeof owner !== 'string' || typeof lockMs !== 'number') {
      throw badRequest('version, owner and lockMs are required');
    }
    if (stack !== undefined && !isObject(stack)) throw badRequest('stack must be a map');
    const next = await this.#records.put(region, name, {
      expect: version as number,
      owner,
      lockMs: Math.min(Math.max(lockMs, 0), MAX_LOCK_MS),
      ...(stack === undefined ? {} : { stack: stack as unknown as StackState }),
    });
    return { version: next };
  }

  #refusal(thrown: unknown, requestId: string): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    if (thrown instanceof ConflictError) {
      return new ServiceError('ConflictException', 409, 'the stack was changed by somebody else');
    }
    this.#logger.error('a request for a stack failed', { requestId, error: thrown });
    return new ServiceError('InternalFailure', 500, 'Internal server error');
  }
}

/** CloudFormation's actions, so that its users' policies mean what they say. */
const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'cloudformation:DescribeStacks',
  PUT: 'cloudformation:UpdateStack',
  DELETE: 'cloudformation:DeleteStack',
};

function stackPermission(
  { method, url }: WireRequest,
  region: string,
  account: string,
): Permission {
  const name = splitUrl(url).path.slice(PREFIX.length + 1);
  return {
    action: ACTIONS[method] ?? `cloudformation:${method}`,
    resource: `arn:aws:cloudformation:${region}:${account}:stack/${name === '' ? '*' : name}/*`,
  };
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (cause) {
    throw Object.assign(badRequest('the body is not JSON'), { cause });
  }
  if (isObject(value)) return value;
  throw badRequest('the body must be a map');
}

function badRequest(message: string): ServiceError {
  return new ServiceError('BadRequestException', 400, message);
}

function notAllowed(method: string): ServiceError {
  return new ServiceError('MethodNotAllowedException', 405, `${method} is not allowed here`);
}
