// The two ways of talking: lines out of a pipe, and a prompt in a terminal with commands and a history.
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Writable } from 'node:stream';
import { whenUnread } from '#shared/runtime/pipe-reader.ts';
import { oneLine, pretty, timeOfDay } from './format.ts';
import { HISTORY_LINES, readHistory, writeHistory } from './history.ts';
import { LineReader } from './lines.ts';

/** What the user of a dialogue wants. */
export interface Wishes {
  /** A message to send. */
  say(text: string): void;
  ping(): void;
  close(code: number, reason: string): void;
  /** There is no more input. */
  done(): void;
  /** Nobody reads any more what is shown. */
  unread(): void;
}

/** Shows what happens and hears what is wanted. */
export interface Dialogue {
  /** Begins to hear. */
  start(wishes: Wishes): void;
  /** Whether input may come: what is not read stays where it is. */
  listen(isOpen: boolean): void;
  message(data: Buffer, isBinary: boolean): void;
  note(text: string): void;
  end(): void;
}

/** Streams of a process, or of a test. */
export interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: Writable;
  readonly errors: Writable;
}

/** Looks and files of a dialogue. */
export interface DialogueOptions {
  readonly timestamps: boolean;
  readonly colours: boolean;
  readonly historyFile?: string;
  readonly now: () => Date;
}

/** Every line of the input is a message; messages go to the output one a line, everything else to the errors. */
export class PipeDialogue implements Dialogue {
  readonly #streams: Streams;
  readonly #options: DialogueOptions;
  readonly #lines: LineReader;
  /** Read ahead while there was no connection. */
  readonly #held: string[] = [];
  #wishes: Wishes | undefined;
  #isOpen = false;
  #isDone = false;

  constructor(streams: Streams, options: DialogueOptions) {
    this.#streams = streams;
    this.#options = options;
    this.#lines = new LineReader(streams.input);
  }

  start(wishes: Wishes): void {
    this.#wishes = wishes;
    whenUnread([this.#streams.output, this.#streams.errors], () => wishes.unread());
    this.#lines.start({
      line: (line) => {
        if (line === '') return;
        if (this.#isOpen) wishes.say(line);
        else this.#held.push(line);
      },
      ended: () => {
        this.#isDone = true;
        if (this.#isOpen) wishes.done();
      },
    });
  }

  listen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (!isOpen) {
      if (!this.#isDone) this.#lines.pause();
      return;
    }
    for (const line of this.#held.splice(0)) this.#wishes?.say(line);
    if (!this.#isOpen) return; // the lines held were too many already
    if (this.#isDone) this.#wishes?.done();
    else this.#lines.resume();
  }

  message(data: Buffer, isBinary: boolean): void {
    const time = this.#options.timestamps ? `${this.#options.now().toISOString()}\t` : '';
    const text = isBinary ? data.toString('base64') : oneLine(data.toString());
    this.#streams.output.write(`${time}${text}\n`);
  }

  note(text: string): void {
    this.#streams.errors.write(`${text}\n`);
  }

  end(): void {
    this.#lines.close();
  }
}

const HELP = [
  'A line is a message. Arrow keys find earlier ones.',
  '/ping              measure the round trip',
  '/close [code] [reason]',
  '/help',
  '//text             a message that begins with a slash',
].join('\n  ');

const DIM = ['\u001b[2m', '\u001b[22m'] as const;
const GREEN = ['\u001b[32m', '\u001b[39m'] as const;

/** A prompt; messages appear above it, indented and with their time. */
export class TerminalDialogue implements Dialogue {
  readonly #output: Writable;
  readonly #options: DialogueOptions;
  readonly #prompt: Interface;
  #isOpen = false;
  #isOver = false;

  constructor({ input, output }: Streams, options: DialogueOptions) {
    this.#output = output;
    this.#options = options;
    this.#prompt = createInterface({
      ...{ input, output, terminal: true, prompt: '> ' },
      ...{ historySize: HISTORY_LINES, removeHistoryDuplicates: true, history: this.#history() },
    });
  }

  start(wishes: Wishes): void {
    this.#prompt.on('line', (line) => this.#read(line, wishes));
    this.#prompt.on('history', (lines) => this.#keep(lines));
    this.#prompt.on('SIGINT', () => wishes.close(1000, ''));
    this.#prompt.on('close', () => {
      if (!this.#isOver) wishes.close(1000, '');
    });
  }

  listen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen) this.#prompt.prompt(true);
  }

  message(data: Buffer, isBinary: boolean): void {
    const text = isBinary
      ? `${data.length} bytes: ${data.toString('base64')}`
      : pretty(data.toString());
    this.#print(`${this.#paint(GREEN, '<')} ${text}`);
  }

  note(text: string): void {
    this.#print(this.#paint(DIM, text));
  }

  end(): void {
    this.#isOver = true;
    clearLine(this.#output, 0);
    cursorTo(this.#output, 0);
    this.#prompt.close();
  }

  #read(line: string, wishes: Wishes): void {
    const [command, ...words] = line.split(/\s+/);
    if (line.startsWith('//')) wishes.say(line.slice(1));
    else if (command === '/ping') wishes.ping();
    else if (command === '/close') this.#close(words, wishes);
    else if (line.startsWith('/')) this.note(`  ${HELP}`);
    else if (line !== '') wishes.say(line);
    if (this.#isOpen) this.#prompt.prompt();
  }

  /** RFC 6455 7.4: a client may say 1000 and what applications have to themselves. */
  #close([code = '1000', ...reason]: readonly string[], wishes: Wishes): void {
    const number = Number(code);
    if (number === 1000 || (number >= 3000 && number < 5000)) {
      wishes.close(number, reason.join(' '));
    } else this.note('a close code is 1000 or from 3000 to 4999');
  }

  #print(text: string): void {
    clearLine(this.#output, 0);
    cursorTo(this.#output, 0);
    const time = this.#paint(DIM, timeOfDay(this.#options.now()));
    this.#output.write(`${time} ${text}\n`);
    if (this.#isOpen) this.#prompt.prompt(true);
  }

  #paint([on, off]: readonly [string, string], text: string): string {
    return this.#options.colours ? `${on}${text}${off}` : text;
  }

  #history(): string[] {
    const { historyFile } = this.#options;
    if (historyFile === undefined) return [];
    try {
      return readHistory(historyFile);
    } catch (error) {
      this.#output.write(`the history cannot be read: ${String(error)}\n`);
      return [];
    }
  }

  #keep(lines: readonly string[]): void {
    const { historyFile } = this.#options;
    if (historyFile === undefined) return;
    try {
      writeHistory(historyFile, lines);
    } catch (error) {
      this.note(`the history is not kept: ${String(error)}`);
    }
  }
}
