// `postern connect`: one conversation with a WebSocket API, by a terminal or a pipe, to its end and exit code.
import { systemClock, type Clock, type Timer } from '#shared/runtime/clock.ts';
import { EXIT_UNREAD } from '#shared/runtime/pipe-reader.ts';
import {
  PipeDialogue,
  TerminalDialogue,
  type Dialogue,
  type DialogueOptions,
  type Streams,
} from './dialogue.ts';
import { historyFile } from './history.ts';
import { Link, type LinkEnd } from './link.ts';
import {
  ArgumentFault,
  connectOptions,
  type ConnectFlags,
  type ConnectOptions,
} from './options.ts';

/** Exit codes: closed as wanted; lost, or closed with another code than 1000; wrong arguments; handshake refused; nobody reads. */
const EXIT = { closed: 0, lost: 1, arguments: 2, refused: 4, unread: EXIT_UNREAD } as const;

/** Talks with `address` until somebody ends it; the exit code. */
export async function runConnect(address: string, flags: ConnectFlags): Promise<number> {
  let options: ConnectOptions;
  try {
    options = connectOptions(address, flags, { env: process.env, cwd: process.cwd() });
  } catch (error) {
    if (!(error instanceof ArgumentFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.arguments;
  }
  const conversation = new Conversation(options, dialogueOf(options), systemClock);
  const stop = (): void => conversation.close(1000, '');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return conversation.run();
}

function dialogueOf({ timestamps, keepsHistory }: ConnectOptions): Dialogue {
  const { stdin, stdout, stderr, env } = process;
  const streams: Streams = { input: stdin, output: stdout, errors: stderr };
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const file = keepsHistory ? historyFile(env) : undefined;
  const looks: DialogueOptions = {
    timestamps,
    colours: isTerminal && (env['NO_COLOR'] ?? '') === '',
    now: () => new Date(),
    ...(file !== undefined && { historyFile: file }),
  };
  return isTerminal ? new TerminalDialogue(streams, looks) : new PipeDialogue(streams, looks);
}

/** Brings a dialogue and a link together. */
export class Conversation {
  readonly #options: ConnectOptions;
  readonly #dialogue: Dialogue;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #end = Promise.withResolvers<number>();
  #received = 0;
  /** Set when the input has ended: goes off when nothing has come for a while. */
  #leaving: Timer | undefined;
  #inputEnded = false;
  #isUnread = false;

  constructor(options: ConnectOptions, dialogue: Dialogue, clock: Clock) {
    this.#options = options;
    this.#dialogue = dialogue;
    this.#clock = clock;
    this.#link = new Link(
      options,
      {
        opened: (subprotocol) => this.#opened(subprotocol),
        message: (data, isBinary) => this.#message(data, isBinary),
        drained: () => dialogue.listen(true),
        pong: (ms) => dialogue.note(`pong after ${ms.toFixed(1)} ms`),
        retrying: (end, ms) => this.#retrying(end, ms),
        ended: (end) => this.#ended(end),
      },
      clock,
    );
  }

  /** Runs to the end; the exit code. Call once. */
  async run(): Promise<number> {
    const awake = setInterval(() => undefined, 2 ** 30); // timers of the clock keep no process alive
    this.#dialogue.start({
      say: (text) => this.#say(text),
      ping: () => this.#link.ping() || this.#dialogue.note('not connected'),
      close: (code, reason) => this.close(code, reason),
      done: () => {
        this.#inputEnded = true;
        this.#leaveSoon();
      },
      unread: () => {
        this.#isUnread = true;
        this.close(1000, '');
      },
    });
    this.#link.open();
    const code = await this.#end.promise;
    clearInterval(awake);
    return code;
  }

  /** Ends it from our side. */
  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  #opened(subprotocol: string): void {
    const chosen = subprotocol === '' ? '' : `, subprotocol ${subprotocol}`;
    this.#dialogue.note(`connected to ${this.#options.url}${chosen}`);
    this.#dialogue.listen(true);
  }

  #say(text: string): void {
    if (!this.#link.send(text)) this.#dialogue.note('not connected: the message was not sent');
    else if (this.#link.isFull) this.#dialogue.listen(false);
  }

  #message(data: Buffer, isBinary: boolean): void {
    this.#received++;
    this.#dialogue.message(data, isBinary);
    const { count = Infinity } = this.#options;
    if (this.#received >= count) this.close(1000, '');
    else if (this.#inputEnded) this.#leaveSoon();
  }

  #leaveSoon(): void {
    this.#leaving?.cancel();
    const { waitMs } = this.#options;
    if (waitMs === Infinity) return;
    this.#leaving = this.#clock.after(waitMs, () => this.close(1000, ''));
  }

  #retrying(end: LinkEnd, ms: number): void {
    this.#leaving?.cancel();
    this.#dialogue.listen(false);
    this.#dialogue.note(`${textOf(end)}; trying again in ${ms / 1000} s`);
  }

  #ended(end: LinkEnd): void {
    this.#leaving?.cancel();
    this.#dialogue.listen(false);
    this.#dialogue.note(textOf(end));
    this.#dialogue.end();
    this.#end.resolve(this.#exitCode(end));
  }

  #exitCode(end: LinkEnd): number {
    if (this.#isUnread) return EXIT.unread;
    if (end.kind === 'refused') return EXIT.refused;
    if (end.kind === 'failed') return EXIT.lost;
    const { count = 0 } = this.#options;
    if (this.#received < count) return EXIT.lost;
    return end.ours || end.code === 1000 ? EXIT.closed : EXIT.lost;
  }
}

function textOf(end: LinkEnd): string {
  switch (end.kind) {
    case 'closed':
      return `closed ${end.code}${end.reason === '' ? '' : ` ${end.reason}`}`;
    case 'refused':
      return `refused with ${end.status}: ${end.detail}`;
    case 'failed':
      return `failed: ${end.message}`;
  }
}
