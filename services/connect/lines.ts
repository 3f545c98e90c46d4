// Lines out of a pipe. A line ends at a line feed only: `readline` takes U+2028, which JSON texts may have, for an end too.
import { StringDecoder } from 'node:string_decoder';

/** Who hears of the lines. */
export interface LineListener {
  line(text: string): void;
  /** The input has ended; its last line has been told, with or without a line feed. */
  ended(): void;
}

/** Reads UTF-8 from the moment it is resumed. */
export class LineReader {
  readonly #input: NodeJS.ReadableStream;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #listener: LineListener | undefined;

  constructor(input: NodeJS.ReadableStream) {
    this.#input = input;
    input.pause();
  }

  start(listener: LineListener): void {
    this.#listener = listener;
    this.#input.on('data', this.#read);
    this.#input.on('end', this.#end);
    this.#input.pause();
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  /** Reads no more, so that nothing keeps the process alive. */
  close(): void {
    this.#input.off('data', this.#read);
    this.#input.off('end', this.#end);
    this.#input.pause();
  }

  readonly #read = (chunk: Buffer | string): void => {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    const [first = '', ...more] = text.split('\n');
    this.#rest += first;
    for (const next of more) {
      const line = this.#rest;
      this.#rest = next;
      this.#tell(line);
    }
  };

  readonly #end = (): void => {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#tell(last);
    this.#listener?.ended();
  };

  #tell(line: string): void {
    this.#listener?.line(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
