// A DynamoDB that answers what a test tells it to: for throttling, contention and outages that a real one rarely shows.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Asked {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** An answer: a status with a body, or `hang-up`. */
export type Told = { readonly status?: number; readonly body: unknown } | 'hang-up';

/** A running fake. */
export interface FakeDynamoDb {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Decides every answer; may be replaced at any time. */
  answer: (asked: Asked) => Told;
  close(): Promise<void>;
}

/** Starts one that answers everything with `{}`. */
export async function startFakeDynamoDb(): Promise<FakeDynamoDb> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const input = JSON.parse(text) as Record<string, unknown>;
      asked.push({ operation, input });
      const told = fake.answer({ operation, input });
      if (told === 'hang-up') return void request.socket.destroy();
      response.writeHead(told.status ?? 200, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(told.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeDynamoDb = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: () => ({ body: {} }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}
