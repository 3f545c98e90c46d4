// Postern's own addresses on the admin listener: figures for Prometheus, and with `--test` the clock and the reset.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { AdminFront } from '#shared/model/services.ts';
import type { MovableClock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { Metrics } from '#shared/runtime/metrics.ts';

/** `GET /metrics`. */
export function metricsFront(metrics: Metrics): AdminFront {
  return {
    name: 'metrics',
    claims: ({ url }) => url === '/metrics',
    handle: (_request, response) => {
      void metrics.text().then(
        (text) => answer(response, 200, text, metrics.contentType),
        (error: unknown) => answer(response, 500, String(error), 'text/plain'),
      );
    },
  };
}

/** What the test front moves. */
export interface TestControls {
  readonly clock: MovableClock;
  /** Removes all definitions, functions, tables of users and connections. */
  reset(): Promise<void>;
  /** Throws `ServiceError` for who may not; absent: everybody may. */
  readonly authorize?: (request: IncomingMessage, body: string) => void;
  readonly logger: Logger;
}

const LONGEST_BODY = 1000;

/** `POST /_postern/clock` with `{"advanceMs": n}`, `POST /_postern/reset`; both answer the node's time. */
export function testFront(controls: TestControls): AdminFront {
  const { clock, logger } = controls;
  return {
    name: 'test',
    claims: ({ url }) => url === '/_postern/clock' || url === '/_postern/reset',
    handle: (request, response) => {
      void runTestRequest(request, controls).then(
        () => json(response, 200, { now: new Date(clock.now()).toISOString() }),
        (error: unknown) => {
          const status = statusOf(error);
          if (status >= 500) logger.error('test request failed', { error });
          json(response, status, {
            message: error instanceof Error ? error.message : String(error),
          });
        },
      );
    },
  };
}

class BadRequest extends Error {}

function statusOf(error: unknown): number {
  if (error instanceof ServiceError) return error.status;
  return error instanceof BadRequest ? 400 : 500;
}

async function runTestRequest(request: IncomingMessage, controls: TestControls): Promise<void> {
  if (request.method !== 'POST') throw new BadRequest('Only POST is served here');
  const body = await readSmall(request);
  controls.authorize?.(request, body);
  if (request.url === '/_postern/reset') return controls.reset();
  const advanceMs = advanceOf(body);
  if (advanceMs === undefined) {
    throw new BadRequest('The body must be {"advanceMs": milliseconds}, not below 0');
  }
  controls.clock.advance(advanceMs);
}

function advanceOf(body: string): number | undefined {
  try {
    const { advanceMs } = JSON.parse(body) as { advanceMs?: unknown };
    return typeof advanceMs === 'number' && advanceMs >= 0 && advanceMs < 1e12
      ? advanceMs
      : undefined;
  } catch {
    return undefined;
  }
}

async function readSmall(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > LONGEST_BODY) throw new BadRequest('The body is too long');
  }
  return text;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, JSON.stringify(body), 'application/json');
}

function answer(response: ServerResponse, status: number, body: string, type: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
