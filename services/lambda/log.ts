// Log lines of functions: START, what handlers write, END and REPORT, to a sink and to the tails that callers ask for.

import type { Readable } from 'node:stream';

/** One line of a function's log. */
export interface FunctionLogLine {
  readonly region: string;
  readonly functionName: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** Absent outside of an invocation. */
  readonly requestId?: string;
  readonly time: Date;
  /** Without a newline at its end. */
  readonly message: string;
}

/** Where functions' lines go. Called once a line; must not throw. */
export type FunctionLog = (line: FunctionLogLine) => void;

/** Longest part of a log a caller gets with `LogType: Tail`. */
const TAIL_BYTES = 4096;

/** The last lines of one invocation. */
export class LogTail {
  #lines: string[] = [];
  #length = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > 4 * TAIL_BYTES) this.#compact();
  }

  /** The last 4 KB, base64. */
  base64(): string {
    const bytes = Buffer.from(this.#lines.map((line) => `${line}\n`).join(''));
    return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).toString('base64');
  }

  #compact(): void {
    const text = this.#lines.join('\n').slice(-TAIL_BYTES);
    this.#lines = [text];
    this.#length = text.length;
  }
}

/** What the log stream of one environment is called, and whose it is. */
export type LogStreamIdentity = Pick<
  FunctionLogLine,
  'region' | 'functionName' | 'logGroup' | 'logStream'
>;

/** Name of a log stream as AWS makes them: day, version, 32 hex digits. */
export function logStreamName(epochMs: number, unique: string): string {
  const day = new Date(epochMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${unique}`;
}

/** Lines of one environment. Without a sink and without a tail nothing is made. */
export class LogStream {
  readonly #identity: LogStreamIdentity;
  readonly #sink: FunctionLog | undefined;
  readonly #platformLines: boolean;

  /** @param platformLines whether START, END and REPORT go to the sink too; tails have them always. */
  constructor(
    identity: LogStreamIdentity,
    sink: FunctionLog | undefined,
    { platformLines }: { readonly platformLines: boolean },
  ) {
    this.#identity = identity;
    this.#sink = sink;
    this.#platformLines = platformLines && sink !== undefined;
  }

  /** Whether START, END and REPORT would be read by anybody. */
  wantsPlatformLines(tail: LogTail | undefined): boolean {
    return this.#platformLines || tail !== undefined;
  }

  /** START, END or REPORT. */
  platformLine(message: string, requestId: string, tail: LogTail | undefined): void {
    if (this.#platformLines) this.line(message, requestId, tail);
    else tail?.add(message);
  }

  /** What the function wrote, and what became of it. */
  line(message: string, requestId: string | undefined, tail: LogTail | undefined): void {
    tail?.add(message);
    this.#sink?.({
      ...this.#identity,
      time: new Date(),
      message,
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
}

/** The REPORT line; `initMs` only for the first invocation of an environment. */
export function reportLine(
  requestId: string,
  facts: {
    readonly durationMs: number;
    readonly memoryMb: number;
    readonly usedKb: number;
    readonly initMs?: number | undefined;
    readonly status?: string;
  },
): string {
  const billed = Math.ceil(facts.durationMs + (facts.initMs ?? 0));
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${facts.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billed} ms`,
    `Memory Size: ${facts.memoryMb} MB`,
    `Max Memory Used: ${Math.ceil(facts.usedKb / 1024)} MB`,
  ];
  if (facts.initMs !== undefined) parts.push(`Init Duration: ${facts.initMs.toFixed(2)} ms`);
  if (facts.status !== undefined) parts.push(`Status: ${facts.status}`);
  return `${parts.join('\t')}\t`;
}

/** Longest line read from a stream; longer ones are cut in pieces. */
const LINE_LENGTH = 262_144;

/** Calls `onLine` for every line of `stream`; the last one needs no newline. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length < LINE_LENGTH) return;
    onLine(rest);
    rest = '';
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
