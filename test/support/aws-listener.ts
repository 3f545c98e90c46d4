// A plain HTTP listener with one AWS endpoint on it, and official SDK clients that talk to it.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AdminFront } from '#shared/model/services.ts';

/** Where a listener answers, and what it has been sent. */
export interface AwsListener {
  readonly endpoint: string;
  readonly requests: IncomingMessage[];
}

/** Serves `front` until the end of the test; requests that it does not claim get 599. */
export async function listen(
  front: AdminFront,
  cleanUp: (close: () => void) => void = onTestFinished,
): Promise<AwsListener> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (front.claims(request)) front.handle(request, response);
    else response.writeHead(599).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, requests };
}

/** Settings of an SDK client for `endpoint` that does not retry. */
export const clientOf = (endpoint: string) => ({
  endpoint,
  region: 'eu-west-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
});
