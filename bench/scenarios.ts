// What is measured: each scenario drives one server and tells operations, seconds, CPU of the server and latencies.
import { openSocket, textFrame, CLOSE_FRAME, type BenchSocket, type Target } from './socket.ts';
import { post } from './poster.ts';
import { treeUsage } from './process.ts';

/** A server under test as a scenario sees it. */
export interface Subject {
  readonly target: Target;
  /** Process whose tree's CPU and memory count. */
  readonly pid: number;
  /** Makes a POST of `body` to a connection's push address; absent where the server has no pushes. */
  readonly pushRequest?: (connectionId: string, body: Buffer) => Promise<Buffer>;
}

/** What one run brought. */
export interface Result {
  readonly operations: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Milliseconds; sorted. Empty where latency is not measured. */
  readonly latencies: readonly number[];
  /** Bytes of resident memory that the scenario added. */
  readonly residentBytes?: number;
}

const FILL = 'x'.repeat(80);

/** Echo: `connections` sockets with `inFlight` messages each, for `seconds`. */
export async function echo(
  subject: Subject,
  options: { action: string; connections: number; inFlight: number; seconds: number },
): Promise<Result> {
  const frame = textFrame(JSON.stringify({ action: options.action, data: FILL }));
  const sockets = await openMany(subject.target, options.connections);
  const latencies: number[] = [];
  let count = 0;
  let running = true;
  let measuring = false;
  const drive = (socket: BenchSocket): void => {
    const sent: number[] = [];
    const send = (): void => {
      sent.push(performance.now());
      socket.raw.write(frame);
    };
    socket.onMessage = () => {
      const started = sent.shift() ?? 0;
      if (measuring) {
        count++;
        if (count % 8 === 0) latencies.push(performance.now() - started);
      }
      if (running) send();
    };
    for (let at = 0; at < options.inFlight; at++) send();
  };
  sockets.forEach(drive);
  await sleep(1000);
  const window = openWindow(subject.pid);
  measuring = true;
  await sleep(options.seconds * 1000);
  measuring = false;
  const { seconds, cpuSeconds } = window();
  running = false;
  await closeMany(sockets);
  return { operations: count, seconds, cpuSeconds, latencies: sorted(latencies) };
}

/**
 * Fan-out: one POST per recipient, or with `framedOnce` one for all, by `posters` keep-alive clients; an operation is a
 * message that arrived.
 */
export async function fanOut(
  subject: Subject,
  options: { connections: number; posters: number; seconds: number; framedOnce?: boolean },
): Promise<Result> {
  const { pushRequest } = subject;
  if (pushRequest === undefined) throw new Error('this server takes no pushes');
  const sockets = await openMany(subject.target, options.connections);
  const ids = options.framedOnce === true ? ['*'] : await Promise.all(sockets.map(connectionIdOf));
  const body = Buffer.from(JSON.stringify({ action: 'push', data: FILL }));
  const requests = await Promise.all(ids.map((id) => pushRequest(id, body)));
  let arrived = 0;
  for (const socket of sockets) socket.onMessage = () => void arrived++;
  const window = openWindow(subject.pid);
  const until = performance.now() + options.seconds * 1000;
  let at = 0;
  const next = (): Buffer | undefined =>
    performance.now() < until ? requests[at++ % requests.length] : undefined;
  const answers = await Promise.all(
    Array.from({ length: options.posters }, () => post(subject.target.port, next)),
  );
  const { seconds, cpuSeconds } = window();
  for (const statuses of answers) {
    for (const [status, times] of statuses) {
      if (status !== 200) throw new Error(`${times} pushes were answered ${status}`);
    }
  }
  await closeMany(sockets);
  return { operations: arrived, seconds, cpuSeconds, latencies: [] };
}

/** Connect storm: opens `connections` sockets with `parallel` handshakes under way, then closes them. */
export async function storm(
  subject: Subject,
  options: { connections: number; parallel: number },
): Promise<Result> {
  const window = openWindow(subject.pid);
  const latencies: number[] = [];
  const sockets = await openMany(subject.target, options.connections, {
    parallel: options.parallel,
    onOpen: (milliseconds) => latencies.push(milliseconds),
  });
  const { seconds, cpuSeconds } = window();
  await closeMany(sockets);
  return { operations: sockets.length, seconds, cpuSeconds, latencies: sorted(latencies) };
}

/** Memory: resident bytes that `connections` idle sockets add. */
export async function idle(
  subject: Subject,
  options: { connections: number; holdSeconds: number },
): Promise<Result> {
  const before = treeUsage(subject.pid).residentBytes;
  const window = openWindow(subject.pid);
  const sockets = await openMany(subject.target, options.connections, { parallel: 64 });
  await sleep(options.holdSeconds * 1000);
  const residentBytes = treeUsage(subject.pid).residentBytes - before;
  const { seconds, cpuSeconds } = window();
  await closeMany(sockets);
  return { operations: sockets.length, seconds, cpuSeconds, latencies: [], residentBytes };
}

/** The id that the server has for `socket`: both servers answer the action `id` with it. */
function connectionIdOf(socket: BenchSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onMessage = (payload) => resolve(payload.toString());
    socket.raw.write(textFrame('{"action":"id"}'));
  });
}

async function openMany(
  target: Target,
  count: number,
  options: { parallel?: number; onOpen?: (milliseconds: number) => void } = {},
): Promise<BenchSocket[]> {
  const sockets: BenchSocket[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++;
      const from = performance.now();
      sockets.push(await openSocket(target));
      options.onOpen?.(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 16 }, worker));
  return sockets;
}

/** Closes cleanly and waits, so that the next run meets a server at rest. */
async function closeMany(sockets: readonly BenchSocket[]): Promise<void> {
  const closed = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.onClose = resolve;
        socket.raw.write(CLOSE_FRAME);
        setTimeout(() => socket.raw.destroy(), 5000).unref();
      }),
  );
  await Promise.all(closed);
  await sleep(300);
}

function openWindow(pid: number): () => { seconds: number; cpuSeconds: number } {
  const started = performance.now();
  const before = treeUsage(pid).cpuSeconds;
  return () => ({
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: treeUsage(pid).cpuSeconds - before,
  });
}

const MOST_LATENCIES = 2000;

/** At most `MOST_LATENCIES` of the values, evenly taken from their order, to microseconds. */
function sorted(values: readonly number[]): number[] {
  const ordered = values.toSorted((a, b) => a - b);
  const step = Math.max(1, ordered.length / MOST_LATENCIES);
  const count = Math.min(ordered.length, MOST_LATENCIES);
  return Array.from({ length: count }, (_, at) => {
    return Math.round((ordered[Math.floor(at * step)] ?? 0) * 1000) / 1000;
  });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
