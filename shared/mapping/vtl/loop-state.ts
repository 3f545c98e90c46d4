// `$foreach` inside a loop.
import type { Run } from './run.ts';
import { HOST, type BoundMethod, type HostObject, type Value } from './values.ts';

/** Where a loop is. Templates may keep values of their own in it: `#set($foreach.seen = true)`. */
export class LoopState implements HostObject {
  readonly [HOST] = true;
  index = 0;
  readonly #turns: number;
  readonly #parent: Value;
  #own: Map<string, Value> | undefined;

  constructor(turns: number, parent: Value) {
    this.#turns = turns;
    this.#parent = parent;
  }

  get(name: string): Value {
    switch (name) {
      case 'index':
        return this.index;
      case 'count':
        return this.index + 1;
      case 'hasNext':
        return this.index + 1 < this.#turns;
      case 'first':
        return this.index === 0;
      case 'last':
        return this.index + 1 === this.#turns;
      case 'parent':
        return this.#parent;
      case 'topmost':
        return this.#parent instanceof LoopState ? this.#parent.get(name) : this;
      case 'depth':
        return this.#parent instanceof LoopState ? Number(this.#parent.get(name)) + 1 : 1;
      default:
        return this.#own?.get(name);
    }
  }

  set(name: string, value: Value): void {
    this.#own ??= new Map();
    this.#own.set(name, value);
  }

  /** Java's getters of the same names. */
  method(name: string): BoundMethod | undefined {
    if (name === 'hasNext' || name === 'isFirst' || name === 'isLast') {
      return () => this.get(name.replace(/^is(.)/, (_, first: string) => first.toLowerCase()));
    }
    const getter = /^get([A-Z])(\w+)$/.exec(name);
    const property = getter && `${getter[1]?.toLowerCase()}${getter[2]}`;
    return property ? (_run: Run) => this.get(property) : undefined;
  }

  print(): string {
    return '';
  }
}
