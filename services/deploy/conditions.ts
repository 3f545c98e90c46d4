// Conditions: evaluated when first asked for, each once, with cycles found.
import { child } from './faults.ts';
import { canonicalJson, isList, isObject, kindOf, member } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { resolve } from './intrinsics.ts';
import type { Scope } from './intrinsics.ts';

type Operator = (argument: Json, path: string) => boolean;

/** The Conditions section. AWS: template reference, condition functions. */
export class Conditions {
  readonly #declared: JsonObject;
  readonly #scope: Scope;
  readonly #known = new Map<string, boolean>();
  readonly #open: string[] = [];

  /** `scope` resolves the operands; it must not know resources. */
  constructor(declared: JsonObject, scope: Scope) {
    this.#declared = declared;
    this.#scope = scope;
  }

  /** Whether the condition `name` holds. Unknown names are a fault at `path` and do not hold. */
  holds(name: string, path: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const declared = member(this.#declared, name);
    if (declared === undefined) return this.#fault(path, `there is no condition ${name}`);
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(' → ');
      return this.#fault(path, `the conditions depend on each other: ${circle}`);
    }
    this.#open.push(name);
    const result = this.#evaluate(declared, child('Conditions', name));
    this.#open.pop();
    this.#known.set(name, result);
    return result;
  }

  /** Evaluates all of them, so that faults of unused ones are found too. */
  checkAll(): void {
    for (const name of Object.keys(this.#declared)) this.holds(name, child('Conditions', name));
  }

  readonly #operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
    ['Condition', (argument, path) => this.#named(argument, path)],
    ['Fn::And', (argument, path) => this.#several(argument, path).every(Boolean)],
    ['Fn::Or', (argument, path) => this.#several(argument, path).some(Boolean)],
    ['Fn::Not', (argument, path) => this.#not(argument, path)],
    ['Fn::Equals', (argument, path) => this.#equals(argument, path)],
  ]);

  #evaluate(value: Json, path: string): boolean {
    const [name, ...rest] = isObject(value) ? Object.keys(value) : [];
    const operator = name === undefined ? undefined : this.#operators.get(name);
    if (!isObject(value) || name === undefined || rest.length > 0 || operator === undefined) {
      return this.#fault(path, 'a condition must be one of Fn::And, Or, Not, Equals or Condition');
    }
    return operator(value[name] ?? null, child(path, name));
  }

  #named(argument: Json, path: string): boolean {
    if (typeof argument === 'string') return this.holds(argument, path);
    return this.#fault(path, `Condition needs a name, not ${kindOf(argument)}`);
  }

  #several(argument: Json, path: string): readonly boolean[] {
    if (!isList(argument) || argument.length < 2 || argument.length > 10) {
      this.#fault(path, 'needs a list of 2 to 10 conditions');
      return [];
    }
    return argument.map((part, at) => this.#evaluate(part, child(path, at)));
  }

  #not(argument: Json, path: string): boolean {
    if (!isList(argument) || argument.length !== 1) {
      return this.#fault(path, 'Fn::Not needs a list of one condition');
    }
    return !this.#evaluate(argument[0] ?? null, child(path, 0));
  }

  /** Compared as text, since `true` and `"true"` are the same to CloudFormation. */
  #equals(argument: Json, path: string): boolean {
    if (!isList(argument) || argument.length !== 2) {
      return this.#fault(path, 'Fn::Equals needs a list of two values');
    }
    const [left, right] = argument.map((side, at) => {
      const value = resolve(side, child(path, at), this.#scope);
      return typeof value === 'object' ? canonicalJson(value) : String(value);
    });
    return left === right;
  }

  #fault(path: string, message: string): false {
    this.#scope.faults.add(path, message);
    return false;
  }
}
