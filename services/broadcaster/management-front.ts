// The @connections API: POST, GET and DELETE of a connection by its id. AWS guide: apigateway-how-to-call-websocket-api-connections.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { PushError } from '#shared/exchange/errors.ts';
import type { ConnectionDescription } from '#shared/model/connection.ts';
import type { SignedRequest } from '#shared/model/authorizer.ts';
import type { Principal } from '#shared/model/control.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Front } from '#shared/model/services.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import type { Stage, StageMatch, WebSocketStage } from '#shared/model/stage.ts';
import { isConnectionId, newRequestId } from '#shared/runtime/ids.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { NodeBroadcaster } from './broadcaster.ts';
import { managementTarget } from './management-path.ts';
import { managementDenial } from './permission.ts';
import { readBody } from './request-body.ts';

/** Checks SigV4 signatures of one service in one region. Throws `ServiceError` for a request that may not come in. */
export interface SignatureVerifier {
  verify(
    request: SignedRequest,
    service: string,
    region: string,
  ): { readonly principal: Principal };
}

/** What the front needs. */
export interface ManagementDeps {
  readonly broadcaster: NodeBroadcaster;
  readonly verifier: SignatureVerifier;
  readonly limits: Limits;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
}

/** An answer: status, error type and body text, empty for none. */
interface Answer {
  readonly status: number;
  readonly errorType?: string;
  readonly body: string;
}

/** A request with its whole body; `undefined`: a body that is too large. */
interface Call {
  readonly request: IncomingMessage;
  readonly match: StageMatch;
  readonly body: Buffer | undefined;
}

/** What a request that may come in asks for. */
interface Operation {
  readonly method: string;
  readonly connectionId: string;
  readonly body: Buffer;
  readonly stage: Stage;
}

const SENT: Answer = { status: 200, body: '' };
const DELETED: Answer = { status: 204, body: '' };

/** The 410 has no body on AWS: SDKs know it by its header. */
const PUSH_FAILURES: Readonly<Record<PushError['failure'], (message: string) => Answer>> = {
  Gone: () => ({ status: 410, errorType: 'GoneException', body: '' }),
  LimitExceeded: () => failure(429, 'LimitExceededException', 'Limit Exceeded'),
  TooLarge: () => failure(413, 'PayloadTooLargeException', 'Payload Too Large'),
  BadData: (message) => failure(400, 'BadRequestException', message),
};

/** Front of `{stage}/@connections/…` of WebSocket stages. */
export class ManagementFront implements Front {
  readonly #deps: ManagementDeps;

  constructor(deps: ManagementDeps) {
    this.#deps = deps;
  }

  handle(request: IncomingMessage, response: ServerResponse, match: StageMatch): void {
    readBody(request, this.#deps.limits.messageBytes, {
      whole: (body) => this.#answer(response, { request, match, body }),
      aborted: () => void response.destroy(),
    });
  }

  /** Nothing is awaited that is there already: most pushes are answered within the turn in which they came. */
  #answer(response: ServerResponse, call: Call): void {
    const requestId = newRequestId();
    try {
      const answer = this.#run(call);
      if (!(answer instanceof Promise)) return write(response, answer, requestId);
      answer.then(
        (later) => write(response, later, requestId),
        (error: unknown) => write(response, this.#failed(error, requestId), requestId),
      );
    } catch (error) {
      write(response, this.#failed(error, requestId), requestId);
    }
  }

  #run(call: Call): Answer | Promise<Answer> {
    const { request, match, body } = call;
    const method = request.method ?? 'GET';
    const target = managementTarget(match.path);
    if (target.kind === 'unknown') return noMethod(method, target.route);
    const { connectionId } = target;
    if (!OPERATIONS.has(method)) return noMethod(method, `@connections/${connectionId}`);
    if (body === undefined) return PUSH_FAILURES.TooLarge('');
    const refused = this.#refusal({ ...call, body }, method, connectionId);
    if (refused !== undefined) return refused;
    const operation = { method, connectionId, body, stage: match.stage };
    const admitted = this.#admits(match.stage);
    if (admitted === true) return this.#perform(operation);
    if (admitted === false) return PUSH_FAILURES.LimitExceeded('');
    return admitted.then((free) =>
      free ? this.#perform(operation) : PUSH_FAILURES.LimitExceeded(''),
    );
  }

  /** The answer to who may not, or names no connection; throws `ServiceError` for a bad signature. */
  #refusal(
    { request, match, body }: Call & { readonly body: Buffer },
    method: string,
    connectionId: string,
  ): Answer | undefined {
    const { stage } = match;
    const { url = '/', rawHeaders } = request;
    const signed = { method, url, rawHeaders, body };
    const { principal } = this.#deps.verifier.verify(signed, 'execute-api', stage.region);
    const denial = managementDenial({ principal, stage, method, connectionId }, request);
    if (denial !== undefined) {
      const { message, reason } = denial;
      this.#deps.logger.info('@connections denied', { principal: principal.name, reason });
      return denied(message);
    }
    if (isConnectionId(connectionId)) return undefined;
    return failure(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`);
  }

  /** Calls count as requests of the account. */
  #admits({ throttles }: Stage): boolean | Promise<boolean> {
    const account = throttles?.account;
    return account === undefined || this.#deps.limiter.take(account.key, account);
  }

  /** Throws `PushError`, or rejects with it when another node was asked. */
  #perform({ method, connectionId, body, stage }: Operation): Answer | Promise<Answer> {
    const { broadcaster } = this.#deps;
    const scope = { apiId: stage.apiId, stageName: stage.name };
    if (method === 'GET') return broadcaster.describe(connectionId, scope).then(described);
    if (method === 'POST') {
      const asked = broadcaster.push(connectionId, body, scope);
      return asked === undefined ? sent(stage) : asked.then(() => sent(stage));
    }
    return broadcaster.disconnect(connectionId, undefined, undefined, scope).then(() => DELETED);
  }

  #failed(error: unknown, requestId: string): Answer {
    if (error instanceof PushError) return PUSH_FAILURES[error.failure](error.message);
    if (error instanceof ServiceError) return failure(error.status, error.type, error.message);
    this.#deps.logger.error('@connections failed', { requestId, error });
    return failure(500, 'InternalServerErrorException', 'Internal server error');
  }
}

function sent(stage: Stage): Answer {
  (stage as WebSocketStage).observer?.pushed?.();
  return SENT;
}

const OPERATIONS: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE']);

function failure(status: number, errorType: string, message: string): Answer {
  return { status, errorType, body: JSON.stringify({ message }) };
}

/** AWS's policies answer with a capital M. */
function denied(message: string): Answer {
  const body = JSON.stringify({ Message: message });
  return { status: 403, errorType: 'AccessDeniedException', body };
}

/** Text captured from AWS for a path with a segment too many; the id stands decoded in it. */
function noMethod(method: string, route: string): Answer {
  const message = `No method found matching route ${route} for http method ${method}.`;
  return failure(404, 'NotFoundException', message);
}

/** Dates have milliseconds: SDKs refuse epoch numbers here. */
function described(description: ConnectionDescription): Answer {
  const { connectedAt, lastActiveAt, sourceIp, userAgent } = description;
  const document = {
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp, ...(userAgent === undefined ? {} : { userAgent }) },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  };
  return { status: 200, body: JSON.stringify(document) };
}

function write(response: ServerResponse, answer: Answer, requestId: string): void {
  const { status, errorType, body } = answer;
  const headers = ['x-amzn-RequestId', requestId];
  if (errorType !== undefined) headers.push('x-amzn-ErrorType', errorType);
  if (body !== '') headers.push('Content-Type', 'application/json');
  if (status !== 204) headers.push('Content-Length', String(Buffer.byteLength(body)));
  response.writeHead(status, headers);
  response.end(body);
}
