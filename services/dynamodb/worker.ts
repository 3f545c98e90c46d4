// The database's thread: opens the folder, listens, drops what has run out, and closes in good order.
import { parentPort, workerData } from 'node:worker_threads';
import { Disk } from './disk.ts';
import type { Engine } from './engine.ts';
import type { Failure } from './failure.ts';
import type { Call, FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { answerCall } from './request.ts';
import { DatabaseServer } from './server.ts';
import { settleTables } from './tables.ts';
import { reap } from './time-to-live.ts';

const settings = workerData as WorkerSettings;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

/** The node's clock as far as this thread knows it: what it was told, and the time since then. */
const clock = { told: settings.now, at: performance.now() };
const now = (): number => clock.told + (performance.now() - clock.at);
const setClock = (told: number): void => {
  clock.told = told;
  clock.at = performance.now();
};

const disk = await openDisk();
const place = { region: settings.region, accountId: settings.accountId };
const { own } = settings;
const engine: Engine = { disk, place, now, ...(own && { own }) };
await settleTables(engine);
const server = new DatabaseServer(engine, report);
/** Calls of the node that are not answered yet. */
const calls = new Set<Promise<void>>();

parentPort?.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'call':
      return answer(message);
    case 'reap':
      setClock(message.now);
      return void reapAndTell();
    case 'stop':
      return void stop();
  }
});
tell({ kind: 'listening', port: await server.listen(settings.port) });

function answer(call: Call): void {
  const done = answerCall(engine, call, report).then(({ status, body }) => {
    tell({ kind: 'answer', id: call.id, status, body });
    calls.delete(done);
  });
  calls.add(done);
}

/** Of failures that are the database's own. */
function report(error: Failure): void {
  const cause = error.cause instanceof Error ? error.cause : error;
  tell({ kind: 'failure', message: cause.message, stack: stackOf(cause) });
}

async function openDisk(): Promise<Disk> {
  try {
    return await Disk.open(settings.folder, settings.sync);
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new Error(`the database in ${settings.folder} cannot be opened: ${text}`, { cause });
  }
}

async function reapAndTell(): Promise<void> {
  try {
    tell({ kind: 'reaped', dropped: await reap(engine) });
  } catch (error) {
    tell({ kind: 'failure', message: 'cannot drop what has run out', stack: stackOf(error) });
    tell({ kind: 'reaped', dropped: 0 });
  }
}

async function stop(): Promise<void> {
  await server.close();
  await Promise.all(calls);
  await disk.close();
  tell({ kind: 'stopped' });
  parentPort?.close();
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
