// DynamoDB on the admin listener: requests go on to the database's own listener, bodies streaming both ways.
import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AdminFront } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';

const TARGET = /^DynamoDB_20120810\./;
const MAX_SOCKETS = 256;
/** Headers of one hop, and those by which the database tells its own machine from others: the edge has looked at them. */
const DROPPED = new Set([
  'connection',
  'host',
  'keep-alive',
  'origin',
  'transfer-encoding',
  'upgrade',
]);

/** Claims `X-Amz-Target: DynamoDB_20120810.*`; `url` is where the database listens at the moment. */
export class DynamoDbFront implements AdminFront {
  readonly name = 'dynamodb';
  readonly #url: () => string;
  readonly #logger: Logger;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(url: () => string, logger: Logger) {
    this.#url = url;
    this.#logger = logger;
  }

  claims(request: IncomingMessage): boolean {
    const target = request.headers['x-amz-target'];
    return typeof target === 'string' && TARGET.test(target);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request;
    const onward = httpRequest(
      this.#url(),
      { method, path, agent: this.#agent, headers: kept(headers) },
      (answer) => {
        answer.once('error', () => response.destroy());
        response.writeHead(answer.statusCode ?? 502, kept(answer.headers));
        answer.pipe(response);
      },
    );
    onward.once('error', (error) => this.#fail(response, error));
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }

  /** Closes the sockets to the database. */
  close(): void {
    this.#agent.destroy();
  }

  /** SDKs try again after a 503. */
  #fail(response: ServerResponse, error: Error): void {
    if (response.destroyed || response.writableEnded) return;
    this.#logger.error('the embedded DynamoDB does not answer', { error });
    if (response.headersSent) return void response.destroy();
    response.writeHead(503, { 'Content-Type': 'application/x-amz-json-1.0' });
    const type = 'com.amazonaws.dynamodb.v20120810#ServiceUnavailable';
    const message = 'The embedded DynamoDB does not answer';
    response.end(JSON.stringify({ __type: type, message }));
  }
}

function kept(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED.has(name)));
}
