// Where access logs go: files that the configuration maps their destinations to, else the node's own output.
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessLine } from '#shared/model/observation.ts';
import type { Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** What the access logs need. */
export interface AccessLogDeps {
  /** Files by ARN of a destination, or by the name of its log group or delivery stream. */
  readonly files: Readonly<Record<string, string>>;
  /** Gets the lines of all other destinations. */
  readonly output: (line: AccessLine) => void;
  readonly logger: Logger;
}

/** Bytes that may wait for a slow disk; lines beyond them are dropped, and that is said once. */
const MOST_WAITING = 16_777_216;

/** Writes lines; files are opened by their first line, appended to, and closed when the node stops. */
export class AccessLogs implements Service {
  readonly name = 'access logs';
  readonly #deps: AccessLogDeps;
  readonly #paths = new Map<string, string | undefined>();
  readonly #streams = new Map<string, WriteStream>();
  readonly #faulty = new Set<string>();

  constructor(deps: AccessLogDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    await Promise.resolve();
  }

  /** Resolves when everything is on its way to the disk. */
  async stop(): Promise<void> {
    const ends = [...this.#streams.values()].map(
      (stream) => new Promise<void>((resolve) => stream.end(() => resolve())),
    );
    await Promise.all(ends);
  }

  /** Writes one line where its destination wants it; never throws. */
  readonly write = (line: AccessLine): void => {
    const path = this.#path(line.destinationArn);
    if (path === undefined) return this.#deps.output(line);
    const stream = this.#streams.get(path) ?? this.#open(path);
    if (stream.errored !== null) return;
    if (stream.writableLength > MOST_WAITING) this.#complain(path, 'the disk is too slow');
    else stream.write(`${line.message}\n`);
  };

  #path(destinationArn: string): string | undefined {
    if (this.#paths.has(destinationArn)) return this.#paths.get(destinationArn);
    const { files } = this.#deps;
    const found = [destinationArn, ...namesIn(destinationArn)].find((name) =>
      Object.hasOwn(files, name),
    );
    const path = found === undefined ? undefined : files[found];
    this.#paths.set(destinationArn, path);
    return path;
  }

  #open(path: string): WriteStream {
    try {
      mkdirSync(dirname(path), { recursive: true });
    } catch (error) {
      this.#complain(path, error); // the stream will fail too, and is not written to then
    }
    const stream = createWriteStream(path, { flags: 'a' });
    stream.on('error', (error) => this.#complain(path, error));
    this.#streams.set(path, stream);
    return stream;
  }

  #complain(path: string, error: unknown): void {
    if (this.#faulty.has(path)) return;
    this.#faulty.add(path);
    this.#deps.logger.error('an access log cannot be written and loses lines', { path, error });
  }
}

/** `arn:aws:logs:…:log-group:NAME[:*]` and `arn:aws:firehose:…:deliverystream/NAME`. */
const NAMED = /:log-group:([^:]+)(?::\*)?$|:deliverystream\/(.+)$/;

function namesIn(arn: string): string[] {
  const [, group, stream] = NAMED.exec(arn) ?? [];
  return [group, stream].filter((name) => name !== undefined);
}
