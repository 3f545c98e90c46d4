// A position in a text that is read from left to right, with the reads that parsers share.

const SPACE = /\s*/y;

/** Base of the parsers' cursors; a language says how its faults are told and how deep it may be nested. */
export abstract class Cursor {
  readonly text: string;
  at = 0;
  protected depth = 0;
  readonly #deepest: number;

  constructor(text: string, deepest: number) {
    this.text = text;
    this.#deepest = deepest;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether `token` comes next; nothing is consumed. */
  sees(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Consumes `token` if it comes next. */
  take(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  /** Consumes what the sticky `pattern` matches here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found !== undefined) this.at += found[0].length;
    return found;
  }

  space(): void {
    this.match(SPACE);
  }

  /** Consumes `token` after space, or fails. */
  expect(token: string): void {
    this.space();
    if (!this.take(token)) this.fail(`${JSON.stringify(token)} expected`);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.depth > this.#deepest) this.fail(`nested deeper than ${this.#deepest} levels`);
    const result = parse();
    this.depth--;
    return result;
  }

  /** Throws `DefinitionError` with the current position. */
  abstract fail(what: string): never;
}
