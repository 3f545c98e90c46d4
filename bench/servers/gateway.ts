// Starts a node of Postern with signatures checked and AWS's rates out of the way.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { ACCESS_KEY, SECRET_KEY } from '../push-request.ts';
import { firstLine, launch, ROOT, running, type Server } from './running.ts';

/** How to start it. */
export interface GatewayOptions {
  readonly tls?: boolean;
  /** Template that it starts with; bench/apps/template.yaml unless told, `false` for none. */
  readonly template?: string | false;
  /** Events that a function's environment takes at once; absent for Postern's default, one. */
  readonly eventsPerEnvironment?: number;
  /** Environments (processes) that the node's functions may have; absent for Postern's default. */
  readonly environments?: number;
  /** Core for the threads of the embedded DynamoDB; absent: the node's own. */
  readonly databaseCore?: string;
  /** Data folder that outlives the node; absent: a fresh one that goes with it. */
  readonly data?: string;
  /** Back ends elsewhere; absent: embedded ones. */
  readonly dynamodb?: string;
  readonly redis?: string;
  /** Modules that are loaded before the node. */
  readonly preload?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for CPU profiles of the gateway. */
  readonly profile?: string;
}

const TEMPLATE = join(import.meta.dirname, '../apps/template.yaml');
const CREDENTIALS = `[bench]
aws_access_key_id = ${ACCESS_KEY}
aws_secret_access_key = ${SECRET_KEY}
`;

/** AWS's rates are counted as always, but none of the scenarios is to meet them. */
const configOf = (environments: number): string => `limits:
  environments: ${environments}
  requestsPerSecond: 1000000000
  requestBurst: 1000000000
  connectionsPerSecond: 1000000
  connectionBurst: 1000000
`;

/** Resolves when it is ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<Server> {
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const data = options.data ?? join(folder, 'data');
  const child = launch(argumentsOf(options, data), { env: environmentOf(options, folder) });
  const ready = JSON.parse(await firstLine(child)) as Record<'gateway' | 'admin' | 'ca', string>;
  const { gateway, admin, ca } = ready;
  // Lines that nobody reads would fill the pipe.
  child.stdout?.resume();
  const clean = (): void => rmSync(folder, { recursive: true });
  const server = running(
    child,
    { port: Number(new URL(gateway).port), admin, ca },
    { since, clean },
  );
  if (options.databaseCore !== undefined) moveDatabase(server, options.databaseCore);
  return server;
}

function argumentsOf(options: GatewayOptions, data: string): string[] {
  const { tls = false, template = TEMPLATE, preload = [], profile, dynamodb, redis } = options;
  return [
    ...preload.map((module) => `--import=${module}`),
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    join(ROOT, 'services/postern.mjs'),
    'start',
    ...(template === false ? [] : [template]),
    ...['--json', '--port', '0', '--admin-port', '0', '--data', data],
    ...(tls ? [] : ['--tls', 'off']),
    ...(dynamodb === undefined ? [] : ['--dynamodb', dynamodb]),
    ...(redis === undefined ? [] : ['--redis', redis]),
  ];
}

function environmentOf(options: GatewayOptions, folder: string): Record<string, string> {
  const { eventsPerEnvironment, environments = AWS_LIMITS.environments, env = {} } = options;
  return {
    POSTERN_CONFIG: written(join(folder, 'postern.yaml'), configOf(environments)),
    POSTERN_CREDENTIALS: written(join(folder, 'credentials'), CREDENTIALS),
    POSTERN_LOG_LEVEL: 'warn',
    ...(eventsPerEnvironment !== undefined && {
      POSTERN_EVENTS_PER_ENVIRONMENT: String(eventsPerEnvironment),
    }),
    ...env,
  };
}

function written(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

/** Threads that the embedded DynamoDB works in: its own, and those where LevelDB reads and writes. */
const DATABASE_THREADS = ['dynamodb', 'libuv-worker'];

/** Lets the database run on another core than the node. */
function moveDatabase({ pids }: Server, core: string): void {
  const threads = pids.flatMap((pid) => threadsOf(pid));
  for (const name of DATABASE_THREADS) {
    const found = threads.filter((thread) => thread.name === name);
    if (found.length === 0) throw new Error(`the node has no thread of the name ${name}`);
    for (const { id } of found) setCore(id, core);
  }
}

function threadsOf(pid: number): { readonly id: string; readonly name: string }[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    return { id, name: readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() };
  });
}

function setCore(thread: string, core: string): void {
  const { status } = spawnSync('taskset', ['-p', '-c', core, thread], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`taskset ended with ${status}`);
}
