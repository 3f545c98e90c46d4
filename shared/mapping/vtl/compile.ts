// Compiles a syntax tree to closures: statements that write, and say when a loop or the template ends early.
import { compileExpression } from './compile-expression.ts';
import { compileAssignment, compileReference, UNRESOLVED } from './compile-reference.ts';
import { TemplateError } from './limits.ts';
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import type { Branch, Node } from './syntax.ts';
import { HOST, isList, isMap, isTrue, type HostObject, type Value } from './values.ts';

/** Why a statement ends what surrounds it. */
export type Flow = 'break' | 'stop' | undefined;

/** A compiled piece of a template. */
export type Statement = (run: Run) => Flow;

/** A macro; its arguments are computed before the call. */
export interface Macro {
  readonly parameters: readonly string[];
  readonly body: Statement;
}

/** What the parts of one template share while it is compiled. */
export interface Compilation {
  readonly macros: Map<string, Macro>;
}

type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;

/** Compiles `nodes` to one statement. */
export function compileNodes(nodes: readonly Node[], compilation: Compilation): Statement {
  const statements = nodes.map((node) => compileNode(node, compilation));
  const [only] = statements;
  if (statements.length === 1 && only !== undefined) return only;
  return (run) => {
    for (const statement of statements) {
      const flow = statement(run);
      if (flow !== undefined) return flow;
    }
    return undefined;
  };
}

function compileNode(node: Node, compilation: Compilation): Statement {
  switch (node.kind) {
    case 'text':
      return writeText(node.text);
    case 'print':
      return compilePrint(node, compilation);
    case 'set':
      return compileSet(node, compilation);
    case 'if':
      return compileIf(node, compilation);
    case 'foreach':
      return compileForeach(node, compilation);
    case 'macro':
      return defineMacro(node, compilation);
    case 'call':
      return compileCall(node, compilation);
    case 'break':
    case 'stop':
      return () => node.kind;
  }
}

function writeText(text: string): Statement {
  return (run) => {
    run.step();
    run.write(text);
    return undefined;
  };
}

/**
 * A reference whose variable is unknown, or whose method does not exist, prints as it is written. Backslashes before
 * one that is known: every second one goes, and an odd one shows the reference itself.
 */
function compilePrint(
  { reference, backslashes }: NodeOf<'print'>,
  compilation: Compilation,
): Statement {
  const read = compileReference(reference, compilation);
  const { source, quiet } = reference;
  const all = '\\'.repeat(backslashes);
  const half = '\\'.repeat(Math.floor(backslashes / 2));
  return (run) => {
    run.step();
    const value = read(run);
    if (value === UNRESOLVED) run.write(quiet ? all : all + source);
    else if (backslashes % 2 === 1) run.write(half + source);
    else run.write(half + printValue(run, value));
    return undefined;
  };
}

function compileSet({ target, value }: NodeOf<'set'>, compilation: Compilation): Statement {
  const assign = compileAssignment(target, compilation);
  const compute = compileExpression(value, compilation);
  return (run) => {
    run.step();
    assign(run, compute(run));
    return undefined;
  };
}

function compileIf({ branches }: NodeOf<'if'>, compilation: Compilation): Statement {
  const arms = branches.map((branch) => compileBranch(branch, compilation));
  return (run) => {
    for (const { holds, body } of arms) {
      run.step();
      if (holds(run)) return body(run);
    }
    return undefined;
  };
}

function compileBranch(
  { condition, body }: Branch,
  compilation: Compilation,
): { readonly holds: (run: Run) => boolean; readonly body: Statement } {
  const statement = compileNodes(body, compilation);
  if (condition === undefined) return { holds: () => true, body: statement };
  const compute = compileExpression(condition, compilation);
  return { holds: (run) => isTrue(compute(run)), body: statement };
}

function compileForeach(node: NodeOf<'foreach'>, compilation: Compilation): Statement {
  const compute = compileExpression(node.source, compilation);
  const body = compileNodes(node.body, compilation);
  return (run) => {
    const items = itemsOf(compute(run));
    if (items.length > run.limits.iterations) {
      throw new TemplateError(`#foreach over more than ${run.limits.iterations} items`);
    }
    return scoped(run, [node.variable, 'foreach', 'velocityCount'], () =>
      runLoop(run, { variable: node.variable, items, body }),
    );
  };
}

interface Loop {
  readonly variable: string;
  readonly items: readonly Value[];
  readonly body: Statement;
}

function runLoop(run: Run, { variable, items, body }: Loop): Flow {
  const turns = items.length;
  const state = new LoopState(turns, run.variables.get('foreach'));
  run.variables.set('foreach', state);
  for (let index = 0; index < turns; index++) {
    run.step();
    state.index = index;
    run.variables.set(variable, items[index]).set('velocityCount', index + 1);
    const flow = body(run);
    if (flow === 'break') return undefined;
    if (flow === 'stop') return flow;
  }
  return undefined;
}

/** Lists give their items, maps their values; nothing else can be walked. */
function itemsOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}

/** `$foreach` inside a loop. */
class LoopState implements HostObject {
  readonly [HOST] = true;
  index = 0;
  readonly #turns: number;
  readonly #parent: Value;

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
      default:
        return undefined;
    }
  }

  method(name: string): (() => Value) | undefined {
    return name === 'hasNext' ? () => this.get('hasNext') : undefined;
  }

  print(): string {
    return '';
  }
}

function defineMacro(node: NodeOf<'macro'>, compilation: Compilation): Statement {
  const body = compileNodes(node.body, compilation);
  compilation.macros.set(node.name, { parameters: node.parameters, body });
  return () => undefined;
}

function compileCall(node: NodeOf<'call'>, compilation: Compilation): Statement {
  const args = node.args.map((arg) => compileExpression(arg, compilation));
  return (run) => {
    run.step();
    const macro = compilation.macros.get(node.name);
    if (macro === undefined) return undefined;
    const values = args.map((compute) => compute(run));
    return run.nested(() =>
      scoped(run, macro.parameters, () => {
        macro.parameters.forEach((name, at) => run.variables.set(name, values[at]));
        return macro.body(run) === 'stop' ? 'stop' : undefined;
      }),
    );
  };
}

/** Runs `body`, then gives `names` back the values they had. */
function scoped(run: Run, names: readonly string[], body: () => Flow): Flow {
  const { variables } = run;
  const before = names.map((name) => (variables.has(name) ? { value: variables.get(name) } : null));
  const flow = body();
  names.forEach((name, at) => {
    const kept = before[at];
    if (kept) variables.set(name, kept.value);
    else variables.delete(name);
  });
  return flow;
}
