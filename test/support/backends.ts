// Real back ends for tests: what the environment names, else a container, else a local process; never skipped in silence.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GenericContainer } from 'testcontainers';

/** A server that a test may use until it calls `stop`. */
export interface Backend {
  readonly url: string;
  stop(): Promise<void>;
}

const REDIS_IMAGE = 'redis:7-alpine';
const REDIS_PORT = 6379;
const START_TRIES = 100;

/** A Redis: `REDIS_URL`, else a container where a Docker engine answers, else a `redis-server` of this machine. */
export async function startRedis(): Promise<Backend> {
  const url = process.env['REDIS_URL'];
  if (url !== undefined && url !== '') return { url, stop: async () => undefined };
  return dockerAnswers() ? redisContainer() : redisProcess();
}

/** Ends a child process and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A `redis-server` of this machine on a given port, so that a test can stop it and start it again. */
export async function redisProcess(port?: number): Promise<Backend> {
  const at = port ?? (await freePort());
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('redis-server is needed: run `node test/support/prepare.ts`', { cause: error });
  });
  await Promise.race([listening(at), failed]);
  return { url: `redis://127.0.0.1:${at}`, stop: () => stop(child) };
}

async function redisContainer(): Promise<Backend> {
  const container = await new GenericContainer(REDIS_IMAGE).withExposedPorts(REDIS_PORT).start();
  const url = `redis://${container.getHost()}:${container.getMappedPort(REDIS_PORT)}`;
  return { url, stop: async () => void (await container.stop()) };
}

function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

async function listening(port: number): Promise<void> {
  for (let turn = 0; turn < START_TRIES; turn++) {
    if (await accepts(port)) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
