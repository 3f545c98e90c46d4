// Several nodes over one DynamoDB and one Redis, with one CA.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisProcess, type Backend } from './backends.ts';
import { startEmbeddedDynamoDb } from './embedded-dynamodb.ts';
import { startNode, type NodeOptions, type TestNode } from './node.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'secret' };

/** Open it, start nodes by name, close it. */
export class NodeGroup {
  /** For data, CA and whatever a test lays beside them; goes with the group. */
  readonly folder: string;
  readonly #dynamodb: Backend;
  readonly #redis: Backend;
  readonly #nodes: TestNode[] = [];

  private constructor(
    folder: string,
    { dynamodb, redis }: { readonly dynamodb: Backend; readonly redis: Backend },
  ) {
    this.folder = folder;
    this.#dynamodb = dynamodb;
    this.#redis = redis;
  }

  /** Starts the back ends. */
  static async open(): Promise<NodeGroup> {
    const folder = await mkdtemp(join(tmpdir(), 'postern-nodes-'));
    const [dynamodb, redis] = await Promise.all([startEmbeddedDynamoDb(), redisProcess()]);
    return new NodeGroup(folder, { dynamodb, redis });
  }

  /** Starts a node, on what an ended one of the same name has left. */
  async start(name: string, { args = [], env = {} }: NodeOptions = {}): Promise<TestNode> {
    const node = await startNode({
      data: join(this.folder, name),
      env: { ...KEYS, ...env },
      args: [
        ...['--dynamodb', this.#dynamodb.url, '--redis', this.#redis.url],
        ...['--ca', join(this.folder, 'ca'), ...args],
      ],
    });
    this.#nodes.push(node);
    return node;
  }

  /** Ends all nodes, then the back ends. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    await Promise.all([this.#redis.stop(), this.#dynamodb.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
