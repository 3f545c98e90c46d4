// Compiles a syntax tree to closures: statements that write, and say when a loop or the template ends early.
import { Block } from './block.ts';
import {
  compileCall,
  compileDefine,
  compileEvaluate,
  defineMacro,
  type Macro,
} from './compile-block.ts';
import { compileExpression } from './compile-expression.ts';
import { compileAssignment, compileReference, UNRESOLVED } from './compile-reference.ts';
import { TemplateError } from './limits.ts';
import { LoopState } from './loop-state.ts';
import { JavaIterator } from './methods/iterator.ts';
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import { scoped } from './scope.ts';
import type { Branch, Node } from './syntax.ts';
import { isList, isMap, isTrue, type Value } from './values.ts';

/** Why a statement ends what surrounds it: `break` the nearest, a loop's state all up to that loop. */
export type Flow = 'break' | 'stop' | LoopState | undefined;

/** A compiled piece of a template. */
export type Statement = (run: Run) => Flow;

/** What the parts of one template share while it is compiled. */
export interface Compilation {
  readonly macros: Map<string, Macro>;
  /** Variables that loops set beside their own. */
  readonly loopNames: readonly LoopName[];
}

type LoopName = 'foreach' | 'velocityCount' | 'velocityHasNext';

/** What `text` needs of its compilation. `$velocityHasNext` costs each turn of a loop, so only its readers pay. */
export function compilationOf(text: string): Compilation {
  const hasNext = /velocityHasNext|evaluate/.test(text);
  return {
    macros: new Map(),
    loopNames: ['foreach', 'velocityCount', ...(hasNext ? (['velocityHasNext'] as const) : [])],
  };
}

/** The node of one kind. */
export type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;

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
    case 'define':
      return compileDefine(node, compilation);
    case 'evaluate':
      return compileEvaluate(node, compilation);
    case 'break':
      return compileBreak(node, compilation);
    case 'stop':
      return () => 'stop';
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
    else if (typeof value === 'object' && value instanceof Block) {
      run.write(half);
      return value.render(run);
    } else run.write(half + printValue(run, value));
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
  const names = [node.variable, ...compilation.loopNames];
  const setsHasNext = compilation.loopNames.includes('velocityHasNext');
  return (run) => {
    const items = itemsOf(compute(run));
    if (items.length > run.limits.iterations) {
      throw new TemplateError(`#foreach over more than ${run.limits.iterations} items`);
    }
    return scoped(run, names, () =>
      runLoop(run, { variable: node.variable, items, body, setsHasNext }),
    );
  };
}

interface Loop {
  readonly variable: string;
  readonly items: readonly Value[];
  readonly body: Statement;
  readonly setsHasNext: boolean;
}

function runLoop(run: Run, { variable, items, body, setsHasNext }: Loop): Flow {
  const turns = items.length;
  const state = new LoopState(turns, run.variables.get('foreach'));
  run.variables.set('foreach', state);
  for (let index = 0; index < turns; index++) {
    run.step();
    state.index = index;
    run.variables.set(variable, items[index]).set('velocityCount', index + 1);
    if (setsHasNext) run.variables.set('velocityHasNext', index + 1 < turns);
    const flow = body(run);
    if (flow === undefined) continue;
    return flow === 'break' || flow === state ? undefined : flow;
  }
  return undefined;
}

/** `#break`, or `#break($foreach.parent)`, which ends that loop. */
function compileBreak({ scope }: NodeOf<'break'>, compilation: Compilation): Statement {
  if (scope === undefined) return () => 'break';
  const compute = compileExpression(scope, compilation);
  return (run) => {
    const state = compute(run);
    if (state instanceof LoopState) return state;
    throw new TemplateError('#break of what is no loop');
  };
}

/** Lists give their items, maps their values, iterators what is left; nothing else can be walked. */
function itemsOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  if (value instanceof JavaIterator) return value.rest();
  return isMap(value) ? Object.values(value) : [];
}
