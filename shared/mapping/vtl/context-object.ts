// `$context`: the table of variables as an object that templates walk by dots.
import {
  contextVariable,
  CONTEXT_VARIABLES,
  type ContextExchange,
  type Outcome,
} from '#shared/exchange/context.ts';
import { HOST, type BoundMethod, type HostObject, type Value } from './values.ts';
import { printValue } from './print.ts';

/** Names that have variables below them: `identity`, `authorizer`, `error`. */
const GROUPS: ReadonlySet<string> = new Set(
  [...CONTEXT_VARIABLES].flatMap(([name, { templates }]) =>
    templates && name.includes('.') ? [name.slice(0, name.indexOf('.'))] : [],
  ),
);

/** `$context`, or one group of it. Names that AWS does not know print nothing. */
export class ContextObject implements HostObject {
  readonly [HOST] = true;
  readonly #exchange: ContextExchange;
  readonly #outcome: Outcome | undefined;
  readonly #prefix: string;

  constructor(exchange: ContextExchange, outcome: Outcome | undefined, prefix = '') {
    this.#exchange = exchange;
    this.#outcome = outcome;
    this.#prefix = prefix;
  }

  get(name: string): Value {
    const full = this.#prefix + name;
    const variable = contextVariable(full);
    if (variable?.templates === true) return variable.read(this.#exchange, this.#outcome);
    const isGroup = GROUPS.has(full) || full === 'authorizer';
    return isGroup ? new ContextObject(this.#exchange, this.#outcome, `${full}.`) : undefined;
  }

  method(name: string): BoundMethod | undefined {
    return name === 'get' ? (run, args) => this.get(printValue(run, args[0])) : undefined;
  }

  print(): string {
    return '';
  }
}
