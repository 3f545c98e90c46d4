// One rendering: its variables, its output and the count of what it may still do.
import { TemplateError, type TemplateLimits } from './limits.ts';
import type { Value } from './values.ts';

/** Characters that count as one step when a method works on a text. */
const CHARACTERS_PER_STEP = 64;

/** The template is about to change the message's document, which others read too: it must be rendered with its own. */
export class DocumentChange extends Error {}

/** State of one rendering. Throws `TemplateError` when a limit is passed. */
export class Run {
  readonly limits: TemplateLimits;
  /** Whether the template has a document of its own, and so may change it. */
  readonly ownsDocument: boolean;
  /** Variables by name, without `$`. */
  readonly variables = new Map<string, Value>();
  #output = '';
  #steps = 0;
  #depth = 0;

  constructor(limits: TemplateLimits, ownsDocument: boolean) {
    this.limits = limits;
    this.ownsDocument = ownsDocument;
  }

  get output(): string {
    return this.#output;
  }

  /** Writes to the output. */
  write(text: string): void {
    this.#output += text;
    if (this.#output.length > this.limits.output) this.#tooLong();
  }

  /** Counts `count` steps. */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.limits.steps) {
      throw new TemplateError(`the template takes more than ${this.limits.steps} steps`);
    }
  }

  /** Before a map or list that may be the document's is changed. Throws `DocumentChange` when that is not its own. */
  change(): void {
    if (!this.ownsDocument) throw new DocumentChange();
  }

  /** `text`, counted and within the bound of texts. */
  checked(text: string): string {
    this.size(text.length);
    return text;
  }

  /** Counts work on a text of `length` characters that is there or about to be made. */
  size(length: number): void {
    if (length > this.limits.output) this.#tooLong();
    this.step(1 + Math.floor(length / CHARACTERS_PER_STEP));
  }

  /** Runs `body` one level deeper. */
  nested<T>(body: () => T): T {
    if (++this.#depth > this.limits.depth) {
      throw new TemplateError(
        `macros and blocks are nested deeper than ${this.limits.depth} levels`,
      );
    }
    const result = body();
    this.#depth--;
    return result;
  }

  /** What `body` writes, instead of writing it. */
  capture(body: () => void): string {
    const outer = this.#output;
    this.#output = '';
    body();
    const text = this.#output;
    this.#output = outer;
    return this.checked(text);
  }

  #tooLong(): never {
    throw new TemplateError(`a text is longer than ${this.limits.output} characters`);
  }
}
