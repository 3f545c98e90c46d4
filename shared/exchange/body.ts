// The body of a request or message: bytes with lazily made text and JSON views.
import type { Body } from '#shared/model/exchange.ts';

const UNPARSED = Symbol('unparsed');

/** Body over `bytes`; see `Body` for what the views promise. */
export class BufferBody implements Body {
  readonly bytes: Buffer;
  #text: string | undefined;
  #json: unknown = UNPARSED;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get text(): string {
    this.#text ??= this.bytes.toString('utf8');
    return this.#text;
  }

  get json(): unknown {
    if (this.#json === UNPARSED) this.#json = parse(this.text);
    return this.#json;
  }
}

/** A body without bytes. */
export const EMPTY_BODY: Body = new BufferBody(Buffer.alloc(0));

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
