// `/healthz` and `/readyz` of the admin listener.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminFront } from '#shared/model/services.ts';
import { pathOf } from './target.ts';

/** Whether the node can do its work, and why not: one text a reason, for people. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** `/healthz` is 200 while the process answers; `/readyz` is 200 or 503 with the reasons as JSON. */
export class Health implements AdminFront {
  readonly name = 'health';
  readonly #readiness: () => Readiness;

  constructor(readiness: () => Readiness) {
    this.#readiness = readiness;
  }

  claims(request: IncomingMessage): boolean {
    const path = pathOf(request.url ?? '');
    return (
      (path === '/healthz' || path === '/readyz') &&
      (request.method === 'GET' || request.method === 'HEAD')
    );
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('cache-control', 'no-store');
    if (pathOf(request.url ?? '') === '/healthz') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok\n');
      return;
    }
    const { ready, reasons } = this.#readiness();
    response
      .writeHead(ready ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ready, reasons }));
  }
}
