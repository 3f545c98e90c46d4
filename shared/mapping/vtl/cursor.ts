// A position in a template's text, with the reads that the parsers share.
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { TemplateLimits } from './limits.ts';

const SPACE = /\s*/y;
const MACRO_NAMES = /#macro\s*\(\s*([A-Za-z_][\w-]*)/g;
const IDENTIFIER = /[A-Za-z_][\w-]*/y;

/** Reads a template from left to right. */
export class Cursor {
  readonly text: string;
  readonly limits: TemplateLimits;
  /** Names that `#macro` defines anywhere in the template. */
  readonly macros: ReadonlySet<string>;
  at = 0;
  #depth = 0;

  constructor(text: string, limits: TemplateLimits, macros?: ReadonlySet<string>) {
    this.text = text;
    this.limits = limits;
    this.macros = macros ?? new Set([...text.matchAll(MACRO_NAMES)].map((found) => found[1] ?? ''));
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

  identifier(): string | undefined {
    return this.match(IDENTIFIER)?.[0];
  }

  /** Consumes `token` after space, or fails. */
  expect(token: string): void {
    this.space();
    if (!this.take(token)) this.fail(`${JSON.stringify(token)} expected`);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > this.limits.depth) {
      this.fail(`nested deeper than ${this.limits.depth} levels`);
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Throws `DefinitionError` with line and column of the current position. */
  fail(what: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new DefinitionError(`template line ${before.length} column ${column}: ${what}`);
  }

  /** A cursor over a part of the template, for texts in quotes; nesting goes on counting. */
  within(text: string): Cursor {
    const inner = new Cursor(text, this.limits, this.macros);
    inner.#depth = this.#depth;
    return inner;
  }
}
