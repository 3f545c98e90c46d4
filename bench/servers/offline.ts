// Starts serverless-offline, the most used server with this wire format, as bench/peers pins it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/backends.ts';
import { end, launch, ROOT, running, type Server } from './running.ts';

const FOLDER = join(ROOT, 'bench/peers');
/** osls is Serverless Framework 3, kept alive; version 4 wants a login. */
const PROGRAM = join(FOLDER, 'node_modules/osls/bin/serverless.js');
const QUIET = { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' };
const LISTENS = 'Offline [http for websocket] listening';
const LONGEST_START_MS = 60_000;

/** How to start it. */
export interface OfflineOptions {
  /** Functions run in its own process, not in worker threads as they do by default. */
  readonly inProcess?: boolean;
}

/** Resolves when it listens; installs it first where that has not been done. */
export async function startOffline({ inProcess = false }: OfflineOptions = {}): Promise<Server> {
  if (!existsSync(PROGRAM)) installPeers();
  const since = performance.now();
  const port = await freePort();
  const others = ['--httpPort', String(await freePort()), '--lambdaPort', String(await freePort())];
  const places = ['--websocketPort', String(port), ...others];
  const args = [PROGRAM, 'offline', 'start', ...places, ...(inProcess ? ['--useInProcess'] : [])];
  const child = launch(args, { cwd: FOLDER, env: QUIET, stderr: 'pipe' });
  // Its log tells each call: somebody must read that.
  child.stdout?.resume();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (log.includes(LISTENS)) return;
    log += chunk.toString();
    if (log.includes(LISTENS)) resolve();
  });
  child.once('exit', (code) => reject(new Error(`serverless-offline ended with ${code}\n${log}`)));
  const timer = setTimeout(() => reject(new Error(`it does not listen\n${log}`)), LONGEST_START_MS);
  try {
    await promise;
  } catch (error) {
    await end(child, 'SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return running(child, { port }, { since });
}

/** What bench/peers/package-lock.json pins, beside the project's own dependencies. */
function installPeers(): void {
  const args = ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`);
}
