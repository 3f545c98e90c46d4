// The node's log: JSON lines on standard output with `--json`, readable lines on standard error without.
import { jsonLine } from './json-line.ts';

/** How grave a line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts beside the message; never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line to be written. */
export interface LogLine {
  readonly level: LogLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: LogFields;
  readonly time: Date;
}

/** Where lines go. */
export type LogSink = (line: LogLine) => void;

const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes lines of one component to a sink; lines below `threshold` are dropped. */
export class Logger {
  readonly #sink: LogSink;
  readonly #component: string;
  readonly #threshold: LogLevel;

  constructor(sink: LogSink, component: string, threshold: LogLevel = 'info') {
    this.#sink = sink;
    this.#component = component;
    this.#threshold = threshold;
  }

  /** The same sink under another component's name. */
  child(component: string): Logger {
    return new Logger(this.#sink, component, this.#threshold);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    if (ORDER[level] < ORDER[this.#threshold]) return;
    this.#sink({ level, component: this.#component, message, fields, time: new Date() });
  }
}

/** A line as one object with `event: "log"`, its fields beside the message. */
export function logObject({ level, component, message, fields, time }: LogLine) {
  const facts = readable(fields);
  return { event: 'log', time: time.toISOString(), level, component, message, ...facts };
}

/** Sink of `--json`: one JSON object a line. */
export function jsonSink(write: (text: string) => void): LogSink {
  return (line) => write(jsonLine(logObject(line)));
}

/** Sink for people: time, level, component, message, fields. */
export function textSink(write: (text: string) => void): LogSink {
  return ({ level, component, message, fields, time }) => {
    const facts = Object.entries(readable(fields))
      .map(
        ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      )
      .join('');
    const clock = time.toISOString().slice(11, 23);
    write(`${clock} ${level.toUpperCase().padEnd(5)} ${component}: ${message}${facts}\n`);
  };
}

/** A logger that drops everything, for tests. */
export const silentLogger = new Logger(() => undefined, 'silent');

/** Errors do not survive JSON.stringify; their stack does. */
function readable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}
