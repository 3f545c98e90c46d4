// Messages that come back: so many in flight on each socket.
import { textFrame } from '../frames.ts';
import { treeUsage } from '../process.ts';
import type { BenchSocket } from '../socket.ts';
import { closeMany, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sleep, sorted } from './window.ts';

/** What is sent, by how many, for how long. */
export interface EchoOptions {
  /** Names the route. */
  readonly action: string;
  readonly connections: number;
  /** Connects under way at once; 16 unless told. */
  readonly parallel?: number;
  /** Messages on their way on each connection. */
  readonly inFlight: number;
  readonly seconds: number;
  /** Before measuring starts; a second unless told. */
  readonly warmUpSeconds?: number;
  /** Longest wait, before the warm-up, for a server that still starts processes. */
  readonly growSeconds?: number;
  /** Size of a message; 114 unless told. */
  readonly bytes?: number;
}

/** One latency of so many messages is kept. */
const SAMPLE = 8;
const LONGEST_START_SECONDS = 30;

/**
 * An operation is a message that has come back; what came back together is followed by as many new messages together.
 * Rejects when something else comes back, or nothing.
 */
export async function echo(subject: Subject, options: EchoOptions): Promise<Result> {
  const message = messageOf(options);
  const frame = textFrame(message);
  const frames = Buffer.concat(Array<Buffer>(options.inFlight).fill(frame));
  const size = Buffer.byteLength(message);
  const sockets = await openMany(subject.target, options.connections, {
    parallel: options.parallel ?? 16,
  });
  await firstAnswer(sockets[0], frame);
  const latencies: number[] = [];
  let count = 0;
  let running = true;
  let measuring = false;
  let wrong: string | undefined;
  const drive = (socket: BenchSocket): void => {
    const sent: number[] = [];
    let due = options.inFlight;
    const send = (): void => {
      const now = performance.now();
      for (let at = 0; at < due; at++) sent.push(now);
      socket.raw.write(frames.subarray(0, due * frame.length));
      due = 0;
    };
    socket.onMessage = (payload) => {
      const started = sent.shift() ?? 0;
      if (payload.length !== size) wrong ??= payload.toString();
      count++;
      if (measuring && count % SAMPLE === 0) latencies.push(performance.now() - started);
      due++;
    };
    socket.onRead = () => {
      if (running && due > 0) send();
    };
    send();
  };
  sockets.forEach(drive);
  await warmUp(subject, options);
  const window = openWindow(subject.pids);
  const before = count;
  measuring = true;
  await sleep(options.seconds * 1000);
  measuring = false;
  const operations = count - before;
  const stretch = window();
  running = false;
  await closeMany(sockets);
  if (wrong !== undefined) throw new Error(`a message was answered: ${wrong}`);
  return { operations, ...stretch, latencies: sorted(latencies) };
}

function messageOf({ action, bytes = 114 }: EchoOptions): string {
  const empty = JSON.stringify({ action, data: '' });
  return JSON.stringify({ action, data: 'x'.repeat(bytes - empty.length) });
}

/** One message before the flood: a function's first environment starts, meanwhile too many would be throttled. */
function firstAnswer(socket: BenchSocket | undefined, frame: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (socket === undefined) throw new Error('an echo needs connections');
  const timer = setTimeout(() => reject(new Error('no answer')), LONGEST_START_SECONDS * 1000);
  socket.onMessage = () => {
    clearTimeout(timer);
    resolve();
  };
  socket.raw.write(frame);
  return promise;
}

async function warmUp(
  { pids }: Subject,
  { warmUpSeconds = 1, growSeconds = 0 }: EchoOptions,
): Promise<void> {
  await grown(pids, performance.now() + growSeconds * 1000);
  await sleep(warmUpSeconds * 1000);
}

/** Resolves when the number of processes has not changed for a second, or at `latest`. */
async function grown(pids: readonly number[], latest: number): Promise<void> {
  let before = 0;
  while (performance.now() < latest) {
    const { processes } = treeUsage(pids);
    if (processes === before) return;
    before = processes;
    await sleep(1000);
  }
}
