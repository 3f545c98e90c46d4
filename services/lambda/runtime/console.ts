// The function's console and standard streams, written as Lambda's log lines through the channel.
import { format } from 'node:util';
import type { Channel } from './channel.ts';

/** Tells what is running: its index (0: nothing) and request id, for the lines written now. */
export type Current = () => { readonly index: number; readonly requestId: string };

const LEVELS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
} as const;

/** Writes one line in the runtime's text form: time, request id, level and message between tabs. */
export type LogWriter = (level: string, ...values: readonly unknown[]) => void;

/** Patches `console` and both streams; answers the writer the runtime itself uses. */
export function installConsole(channel: Channel, current: Current): LogWriter {
  const write: LogWriter = (level, ...values) => {
    const { index, requestId } = current();
    channel.log(index, `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}`);
  };
  for (const [method, level] of Object.entries(LEVELS)) {
    Reflect.set(console, method, (...values: unknown[]) => write(level, ...values));
  }
  for (const stream of [process.stdout, process.stderr]) {
    Reflect.set(stream, 'write', streamWriter(channel, current));
  }
  return write;
}

type Callback = (error?: Error | null) => void;

function streamWriter(channel: Channel, current: Current) {
  return (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Callback,
    callback?: Callback,
  ) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    channel.log(current().index, text.endsWith('\n') ? text.slice(0, -1) : text);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
}
