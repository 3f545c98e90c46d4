// An HTTP back end for tests on a free port: remembers requests and answers as told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came in. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** The running back end; it ends with the test. */
export interface HttpBackend {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were opened. */
  readonly connections: () => number;
}

/** Starts a back end that answers with `answer`. */
export async function startBackend(
  answer: (response: ServerResponse, request: SeenRequest) => void,
): Promise<HttpBackend> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request;
      const body = Buffer.concat(chunks).toString('utf8');
      const seen = { method, url, headers, rawHeaders, body };
      requests.push(seen);
      answer(response, seen);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, connections: () => connections };
}
