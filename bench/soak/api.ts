// The soak's API on a node: where to dial, what a socket's id is, pushes, and which connections the node has on record.
import { Agent } from 'node:http';
import { postAws, type AwsAnswer } from '../admin.ts';
import { textFrame } from '../frames.ts';
import type { BenchNode } from '../node.ts';
import { openSocket, type BenchSocket, type Target } from '../socket.ts';

const STAGE = '/_aws/execute-api/soak/bench';

/** A socket with the id that the node knows it by. */
export interface NamedSocket {
  readonly id: string;
  readonly socket: BenchSocket;
}

/** The API of bench/apps/soak.yaml. */
export class SoakApi {
  readonly target: Target;
  readonly #node: BenchNode;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(node: BenchNode) {
    this.#node = node;
    this.target = { host: '127.0.0.1', port: Number(node.gateway.port), path: STAGE, tls: false };
  }

  /** Opens a socket and asks for its id. */
  async open(): Promise<NamedSocket> {
    const socket = await openSocket(this.target);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    socket.onMessage = (payload) => resolve(payload.toString());
    socket.onClose = () => reject(new Error('closed before its id was told'));
    socket.raw.write(textFrame('{"action":"id"}'));
    return { socket, id: await promise };
  }

  /** Pushes `body` to a connection. */
  push(id: string, body: string): Promise<AwsAnswer> {
    const url = new URL(`${STAGE}/@connections/${encodeURIComponent(id)}`, this.#node.gateway);
    return postAws({ url, agent: this.#agent, service: 'execute-api', body });
  }

  /** Ids of all connections on record. */
  async onRecord(): Promise<readonly string[]> {
    const { admin, agent } = this.#node;
    const ids: string[] = [];
    for (let start: unknown; ;) {
      const input = {
        TableName: 'postern-connections',
        ...(start ? { ExclusiveStartKey: start } : {}),
      };
      const { status, body } = await postAws({
        url: admin,
        agent,
        service: 'dynamodb',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.Scan',
        },
        body: JSON.stringify(input),
      });
      if (status !== 200) throw new Error(`Scan was answered ${status}: ${body}`);
      const page = JSON.parse(body) as Page;
      ids.push(...page.Items.map(({ connectionId }) => connectionId.S));
      start = page.LastEvaluatedKey;
      if (start === undefined) return ids;
    }
  }

  /** Ends the connections that pushes are sent on. */
  close(): void {
    this.#agent.destroy();
  }
}

interface Page {
  readonly Items: readonly { readonly connectionId: { readonly S: string } }[];
  readonly LastEvaluatedKey?: unknown;
}
