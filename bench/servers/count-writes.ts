// Loaded before a node (`--import`): counts what it writes to WebSockets, by turn of the event loop, into a file.
import { writeFileSync } from 'node:fs';
import { Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** What the file has when the node has ended; one SIGUSR2 begins the counting, the next ends it. */
export interface WriteCounts {
  /** System calls that wrote to a WebSocket, `write` or `writev`. */
  readonly writes: number;
  /** Turns of the event loop in which there were such. */
  readonly turns: number;
  /** Pairs of a turn and a socket that was written to in it: with one write each, as many as writes. */
  readonly socketTurns: number;
  /** Writes to one socket in one turn, at most. */
  readonly most: number;
}

/** Each of these is one write request to libuv, which tries it at once. */
const WRITES = [
  'writev',
  'writeBuffer',
  'writeUtf8String',
  'writeAsciiString',
  'writeLatin1String',
];

type Handle = Record<string, ((...args: unknown[]) => unknown) | undefined>;

let counts = { writes: 0, turns: 0, socketTurns: 0, most: 0 };
let lastTurn = -1;
let counting = false;

/** The turn of the event loop, by its own count. */
function turn(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

function count(seen: { turn: number; writes: number }): void {
  if (!counting) return;
  const now = turn();
  counts.writes++;
  if (now !== lastTurn) counts.turns++;
  if (now !== seen.turn) counts.socketTurns++;
  seen.writes = now === seen.turn ? seen.writes + 1 : 1;
  counts.most = Math.max(counts.most, seen.writes);
  seen.turn = now;
  lastTurn = now;
}

/** Puts the counting before the handle's own methods. */
function watch(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: Handle };
  const seen = { turn: -1, writes: 0 };
  for (const name of WRITES) {
    const write = handle[name];
    if (write === undefined) continue;
    handle[name] = (...args) => {
      count(seen);
      return write.apply(handle, args);
    };
  }
}

const emit = Reflect.get(Server.prototype, 'emit') as (...args: unknown[]) => boolean;
Server.prototype.emit = function (
  this: Server,
  name: string,
  ...args: readonly unknown[]
): boolean {
  if (name === 'upgrade') watch(args[1] as Socket);
  return Reflect.apply(emit, this, [name, ...args]);
};

process.on('SIGUSR2', () => {
  counting = !counting;
  if (counting) counts = { writes: 0, turns: 0, socketTurns: 0, most: 0 };
});
process.on('exit', () => {
  const file = process.env['BENCH_WRITES'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
});
