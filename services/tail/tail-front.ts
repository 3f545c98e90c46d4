// `GET /_postern/tail` on the admin listener: the node's lines as they come, one JSON object a line, until the client goes.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requirePermissions } from '#shared/aws-api/permission.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { parseQuery, splitUrl } from '#shared/aws-api/wire.ts';
import type { AdminFront } from '#shared/model/services.ts';
import { jsonLine } from '#shared/runtime/json-line.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { FeedLine, LineFeed } from './line-feed.ts';

/** Where the lines are asked for. */
export const TAIL_PATH = '/_postern/tail';
/** Service name in the credential scope, as CloudWatch's live tail has it. */
export const TAIL_SIGNING_NAME = 'logs';

/** What the front stands on. */
export interface TailFrontOptions {
  readonly feed: LineFeed;
  readonly verifier: SigV4Verifier;
  readonly accountId: string;
  readonly logger: Logger;
}

/** Bytes that may wait for a watcher who reads too slowly; above it lines are left out, and counted. */
const MOST_WAITING = 1_048_576;
const NOTHING = new Uint8Array();

/** Streams the feed. `?events=access,function,log` chooses kinds. Needs `logs:StartLiveTail` where policies are. */
export class TailFront implements AdminFront {
  readonly name = 'tail';
  readonly #options: TailFrontOptions;
  readonly #open = new Set<ServerResponse>();

  constructor(options: TailFrontOptions) {
    this.#options = options;
  }

  claims({ url = '/' }: IncomingMessage): boolean {
    return splitUrl(url).path === TAIL_PATH;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      this.#verify(request);
      this.#stream(request, response);
    } catch (error) {
      const { status, type, message } = this.#refusal(error);
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type };
      response.writeHead(status, { ...headers, 'x-amzn-requestid': randomUUID() });
      response.end(JSON.stringify({ message }));
    }
  }

  /** Ends all streams, so that nobody keeps the listener from stopping. */
  close(): void {
    for (const response of this.#open) response.end();
  }

  #verify(request: IncomingMessage): void {
    const { method = '', url = '/', rawHeaders } = request;
    const { verifier, accountId } = this.#options;
    const wire = { method, url, rawHeaders, body: NOTHING };
    const { principal, region } = verifier.verify(wire, TAIL_SIGNING_NAME);
    const resource = `arn:aws:logs:${region}:${accountId}:log-group:*`;
    requirePermissions([{ action: 'logs:StartLiveTail', resource }], {
      ...{ principal, region, accountId, rawHeaders },
      remoteAddress: request.socket.remoteAddress,
    });
    if (method !== 'GET')
      throw new ServiceError('BadRequestException', 405, 'Only GET is served here');
  }

  #refusal(thrown: unknown): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    this.#options.logger.error('a request for lines failed', { error: thrown });
    return new ServiceError('InternalFailure', 500, 'Internal server error');
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const wanted = kindsOf(request.url ?? '/');
    let dropped = 0;
    response.writeHead(200, {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
    });
    response.flushHeaders();
    const unsubscribe = this.#options.feed.subscribe((line) => {
      if (wanted !== undefined && !wanted.has(line.event)) return;
      if (response.writableLength > MOST_WAITING) {
        dropped++;
        return;
      }
      if (dropped > 0) response.write(jsonLine(droppedLine(dropped)));
      dropped = 0;
      response.write(jsonLine(line));
    });
    this.#open.add(response);
    response.on('close', () => {
      unsubscribe();
      this.#open.delete(response);
    });
  }
}

function kindsOf(url: string): ReadonlySet<string> | undefined {
  const given = parseQuery(splitUrl(url).query).find(([name]) => name === 'events');
  return given === undefined ? undefined : new Set(given[1].split(','));
}

function droppedLine(lines: number): FeedLine {
  const message = `${lines} lines were left out: this watcher reads too slowly`;
  return { event: 'dropped', time: new Date().toISOString(), message, lines };
}
