// A position in a template's text.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Cursor } from '../cursor.ts';
import type { TemplateLimits } from './limits.ts';

const MACRO_NAMES = /#(?:macro|\{macro\})\s*\(\s*([A-Za-z_][\w-]*)/g;
const IDENTIFIER = /[A-Za-z_][\w-]*/y;

/** Names that `#macro` defines anywhere in `text`. */
export function macroNames(text: string): string[] {
  return [...text.matchAll(MACRO_NAMES)].map((found) => found[1] ?? '');
}

/** Reads a template from left to right. */
export class TemplateCursor extends Cursor {
  readonly limits: TemplateLimits;
  /** Names of the macros that can be called. */
  readonly macros: ReadonlySet<string>;

  constructor(text: string, limits: TemplateLimits, macros: ReadonlySet<string>) {
    super(text, limits.depth);
    this.limits = limits;
    this.macros = macros;
  }

  identifier(): string | undefined {
    return this.match(IDENTIFIER)?.[0];
  }

  /** Told with line and column. */
  override fail(what: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new DefinitionError(`template line ${before.length} column ${column}: ${what}`);
  }

  /** A cursor over a part of the template, for texts in quotes; nesting goes on counting. */
  within(text: string): TemplateCursor {
    const inner = new TemplateCursor(text, this.limits, this.macros);
    inner.depth = this.depth;
    return inner;
  }
}
