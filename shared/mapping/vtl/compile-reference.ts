// Compiles references to reads and, behind `#set`, to writes.
import { compileExpression } from './compile-expression.ts';
import type { Compilation } from './compile.ts';
import { TemplateError } from './limits.ts';
import { methodName, writable } from './methods/arguments.ts';
import { findMethod } from './methods/table.ts';
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import type { Accessor, Reference } from './syntax.ts';
import { isHost, isList, isMap, mapGet, mapPut, numberOf, type Value } from './values.ts';

/** What a reference gives when its variable is unknown or a method does not exist; such references print as written. */
export const UNRESOLVED = Symbol('unresolved');

/** Reads a reference. */
export type Read = (run: Run) => Value | typeof UNRESOLVED;

type Step = (run: Run, value: Value) => Value | typeof UNRESOLVED;

/** Compiles a read of `reference`. */
export function compileReference(reference: Reference, compilation: Compilation): Read {
  return compilePath(reference.name, reference.path, compilation);
}

/** Compiles a write to `reference`: a variable, a member of a map, an item of a list. */
export function compileAssignment(
  { name, path, source }: Reference,
  compilation: Compilation,
): (run: Run, value: Value) => void {
  const last = path.at(-1);
  if (last === undefined) return (run, value) => void run.variables.set(name, value);
  const readHolder = compilePath(name, path.slice(0, -1), compilation);
  const key = compileKey(last, compilation);
  return (run, value) => {
    const holder = readHolder(run);
    if (holder === UNRESOLVED) throw new TemplateError(`${source} cannot be set: it has no owner`);
    put(run, { holder, key: key(run), value, source });
  };
}

interface Put {
  readonly holder: Value;
  readonly key: Value;
  readonly value: Value;
  readonly source: string;
}

function put(run: Run, { holder, key, value, source }: Put): void {
  if (isMap(holder)) {
    run.change();
    mapPut(holder, printValue(run, key), value);
    return;
  }
  if (isHost(holder) && holder.set !== undefined) {
    holder.set(printValue(run, key), value);
    return;
  }
  const index = numberOf(key);
  if (!isList(holder) || index === undefined || !(index in holder)) {
    throw new TemplateError(`${source} cannot be set`);
  }
  writable(run, holder)[index] = value;
}

function compileKey(accessor: Accessor, compilation: Compilation): (run: Run) => Value {
  if (accessor.kind === 'index') return compileExpression(accessor.index, compilation);
  return () => accessor.name;
}

function compilePath(name: string, path: readonly Accessor[], compilation: Compilation): Read {
  const steps = path.map((accessor) => compileStep(accessor, compilation));
  return (run) => {
    let value: Value | typeof UNRESOLVED = run.variables.get(name);
    if (value === undefined && !run.variables.has(name)) return UNRESOLVED;
    for (const step of steps) {
      value = step(run, value);
      if (value === UNRESOLVED) return UNRESOLVED;
    }
    return value;
  };
}

function compileStep(accessor: Accessor, compilation: Compilation): Step {
  switch (accessor.kind) {
    case 'property':
      return (_run, value) => property(value, accessor.name);
    case 'index': {
      const index = compileExpression(accessor.index, compilation);
      return (run, value) => item(run, value, index(run));
    }
    case 'method': {
      const args = accessor.args.map((arg) => compileExpression(arg, compilation));
      const name = methodName(accessor.name, args.length);
      return (run, value) => {
        run.step();
        const method = findMethod(value, name);
        return method === undefined
          ? UNRESOLVED
          : method(
              run,
              args.map((arg) => arg(run)),
            );
      };
    }
  }
}

/** A member of a map or host object; `empty` is Java's `isEmpty()` as a property. */
function property(value: Value, name: string): Value {
  if (isHost(value)) return value.get(name);
  if (isMap(value)) return mapGet(value, name);
  if (name === 'empty' && (isList(value) || typeof value === 'string')) return value.length === 0;
  return undefined;
}

function item(run: Run, value: Value, index: Value): Value {
  if (isList(value)) {
    const at = numberOf(index);
    return at === undefined ? undefined : value.at(at);
  }
  return property(value, printValue(run, index));
}
