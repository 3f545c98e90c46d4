// A position in a path's text.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Cursor } from '../cursor.ts';

/** Parentheses and conditions of filters may be nested this deep. */
const DEPTH = 32;

/** Reads a path from left to right. */
export class PathCursor extends Cursor {
  readonly allowsFilters: boolean;
  /** Within a condition or an argument operators end a name, with or without a blank before them. */
  isInCondition = false;

  constructor(text: string, allowsFilters: boolean) {
    super(text, DEPTH);
    this.allowsFilters = allowsFilters;
  }

  /** Runs `parse` with names that end where an operator begins. */
  inCondition<T>(parse: () => T): T {
    const before = this.isInCondition;
    this.isInCondition = true;
    const result = parse();
    this.isInCondition = before;
    return result;
  }

  override fail(what: string): never {
    const where = `${JSON.stringify(this.text)} at position ${this.at}`;
    throw new DefinitionError(`Invalid JSONPath ${where}: ${what}`);
  }
}
