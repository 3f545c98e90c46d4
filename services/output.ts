// What a node prints: JSON lines with `--json`, else addresses on standard output and logs on standard error.
import type { AccessLine } from '#shared/model/observation.ts';
import { LineFeed, type FeedLine } from '#services/tail/line-feed.ts';
import { jsonLine } from '#shared/runtime/json-line.ts';
import { jsonSink, Logger, logObject, textSink, type LogSink } from '#shared/runtime/logger.ts';
import type { Config } from './config.ts';

/** One deployed stack as the ready line tells it. */
export interface StackLine {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Dialable addresses by `{apiId}/{stage}`. */
  readonly urls: Readonly<Record<string, string>>;
}

/** The first line of `--json`. */
export interface ReadyLine {
  readonly gateway: string;
  readonly admin: string;
  readonly ca: string;
  readonly region: string;
  readonly account: string;
  readonly stacks: readonly StackLine[];
}

/** A line of a function's log. */
export interface FunctionLine {
  readonly functionName: string;
  readonly requestId?: string;
  readonly message: string;
}

/**
 * Where a node's lines go. Lines written before `ready` are held back in JSON mode: the ready line is the first on
 * standard output. Warnings and errors among them are told at once on standard error too.
 */
export interface Output {
  readonly logger: Logger;
  ready(line: ReadyLine, pages: readonly string[]): void;
  functionLine(line: FunctionLine): void;
  accessLine(line: AccessLine): void;
  /** Lets out what is held back, when the node ends before it was ready. */
  flush(): void;
  /** The same lines for those who watch live. */
  readonly feed: LineFeed;
}

/** Output in the form that the configuration asks for. */
export function createOutput(config: Pick<Config, 'json' | 'logLevel'>): Output {
  const printed = config.json ? jsonPrinter() : textPrinter();
  const feed = new LineFeed();
  const sink: LogSink = (line) => {
    printed.sink(line);
    feed.publish(() => logObject(line));
  };
  return {
    ...{ ready: printed.ready, flush: printed.flush, feed },
    logger: new Logger(sink, 'node', config.logLevel),
    functionLine: (line) => {
      printed.functionLine(line);
      feed.publish(() => eventObject('function', line));
    },
    accessLine: (line) => {
      printed.accessLine(line);
      feed.publish(() => eventObject('access', line));
    },
  };
}

const WARNINGS: ReadonlySet<string> = new Set(['warn', 'error']);

/** What prints; the rest of an `Output` is made around it. */
type Printer = Pick<Output, 'ready' | 'functionLine' | 'accessLine' | 'flush'> & {
  readonly sink: LogSink;
};

function eventObject(event: string, line: FunctionLine | AccessLine): FeedLine {
  return { event, time: new Date().toISOString(), ...line };
}

function jsonPrinter(): Printer {
  let held: string[] | undefined = [];
  const write = (text: string): void => {
    if (held === undefined) process.stdout.write(text);
    else held.push(text);
  };
  const flush = (): void => {
    for (const text of held ?? []) process.stdout.write(text);
    held = undefined;
  };
  const print = jsonSink(write);
  const warn = jsonSink((text) => process.stderr.write(text));
  return {
    // A node that waits for its back ends is not ready for a long time, and says why.
    sink: (line) => {
      print(line);
      if (held !== undefined && WARNINGS.has(line.level)) warn(line);
    },
    ready: (line) => {
      process.stdout.write(jsonLine({ event: 'ready', ...line }));
      flush();
    },
    functionLine: (line) => write(jsonLine(eventObject('function', line))),
    accessLine: (line) => write(jsonLine(eventObject('access', line))),
    flush,
  };
}

function textPrinter(): Printer {
  const write = (text: string): void => void process.stderr.write(text);
  return {
    sink: textSink(write),
    ready: (line, pages) => process.stdout.write(readyText(line, pages)),
    functionLine: ({ functionName, message }) => write(prefixed(`[${functionName}] `, message)),
    accessLine: ({ message }) => write(`${message}\n`),
    flush: () => undefined,
  };
}

/** Every line with the prefix, so that no message of a function can pass for a line of the node. */
function prefixed(prefix: string, message: string): string {
  return `${prefix}${message.replaceAll(/\r\n|[\n\r]/g, `\n${prefix}`)}\n`;
}

/** Pages come first: the first https address that is printed is the one to open. */
function readyText(line: ReadyLine, pages: readonly string[]): string {
  const rows = pages.map((page): [string, string] => ['open', page]);
  rows.push(['gateway', line.gateway], ['admin', line.admin], ['ca', line.ca]);
  for (const { name, outputs, urls } of line.stacks) {
    for (const [stage, url] of Object.entries(urls)) rows.push([`${name} ${stage}`, url]);
    for (const [key, value] of Object.entries(outputs)) rows.push([`${name}.${key}`, value]);
  }
  const width = Math.max(...rows.map(([label]) => label.length));
  const body = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join('');
  return `Postern is ready.\n\n${body}\n  Stop with Ctrl-C.\n`;
}
