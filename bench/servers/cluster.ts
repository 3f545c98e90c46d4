// Two nodes on one Redis and one DynamoDB: sockets on the second, pushes to the first.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisProcess } from '../../test/support/backends.ts';
import { startGateway } from './gateway.ts';
import { end, firstLine, launch, type Server } from './running.ts';

const DATABASE = 'test/support/dynamodb-child.ts';

/** The embedded DynamoDB takes any keys, but wants some. */
const KEYS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };

/** Resolves when both nodes are ready; they and the database share the server's core, Redis runs on any. */
export async function startCluster(): Promise<Server> {
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const database = launch([DATABASE, folder]);
  const dynamodb = await firstLine(database);
  const redis = await redisProcess();
  const common = { dynamodb, redis: redis.url, env: KEYS };
  const first = await startGateway(common);
  const second = await startGateway({ ...common, template: false });
  return {
    ...{ port: second.port, pushPort: first.port, readyMs: performance.now() - since },
    pids: [...second.pids, ...first.pids],
    ...(second.admin !== undefined && { admin: second.admin }),
    ...(second.ca !== undefined && { ca: second.ca }),
    stop: async () => {
      await second.stop();
      await first.stop();
      await redis.stop();
      await end(database, 'SIGTERM');
      rmSync(folder, { recursive: true });
    },
    kill: async () => {
      await Promise.all([second.kill(), first.kill(), end(database, 'SIGKILL')]);
      await redis.stop();
    },
  };
}
