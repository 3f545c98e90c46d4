// A position in a path's text.
import { DefinitionError } from '#shared/exchange/errors.ts';

const SPACE = /\s*/y;

/** Parentheses and conditions of filters may be nested this deep. */
const DEPTH = 32;

/** Reads a path from left to right. */
export class PathCursor {
  readonly text: string;
  readonly allowsFilters: boolean;
  at = 0;
  #depth = 0;

  constructor(text: string, allowsFilters: boolean) {
    this.text = text;
    this.allowsFilters = allowsFilters;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

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
    if (++this.#depth > DEPTH) this.fail(`nested deeper than ${DEPTH} levels`);
    const result = parse();
    this.#depth--;
    return result;
  }

  fail(what: string): never {
    const where = `${JSON.stringify(this.text)} at position ${this.at}`;
    throw new DefinitionError(`Invalid JSONPath ${where}: ${what}`);
  }
}
