// `$list.iterator()` and `$list.listIterator()`: a place in a list that templates move.
import { TemplateError } from '../limits.ts';
import type { Run } from '../run.ts';
import { HOST, type BoundMethod, type HostObject, type Value } from '../values.ts';
import { writable } from './arguments.ts';

/** Java's `ListIterator` over a list; `#foreach` walks what is left of it. */
export class JavaIterator implements HostObject {
  readonly [HOST] = true;
  readonly #items: readonly Value[];
  #at = 0;
  /** The item that was given last, which `remove()` takes out. */
  #last = -1;

  constructor(items: readonly Value[]) {
    this.#items = items;
  }

  get(): Value {
    return undefined;
  }

  method(name: string): BoundMethod | undefined {
    switch (name) {
      case 'hasNext':
        return () => this.#at < this.#items.length;
      case 'hasPrevious':
        return () => this.#at > 0;
      case 'nextIndex':
        return () => this.#at;
      case 'previousIndex':
        return () => this.#at - 1;
      case 'next':
        return () => this.#give(this.#at, this.#at + 1);
      case 'previous':
        return () => this.#give(this.#at - 1, this.#at - 1);
      case 'remove':
        return (run) => this.#remove(run);
      default:
        return undefined;
    }
  }

  /** What `next()` would give until the end; the iterator is there then. */
  rest(): readonly Value[] {
    const rest = this.#items.slice(this.#at);
    this.#at = this.#items.length;
    return rest;
  }

  print(): string {
    return '';
  }

  #give(index: number, next: number): Value {
    if (index < 0 || index >= this.#items.length) throw new TemplateError('no such element');
    this.#last = index;
    this.#at = next;
    return this.#items[index];
  }

  #remove(run: Run): undefined {
    if (this.#last < 0) throw new TemplateError('remove() without next()');
    writable(run, this.#items).splice(this.#last, 1);
    if (this.#last < this.#at) this.#at--;
    this.#last = -1;
  }
}
