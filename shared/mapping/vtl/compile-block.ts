// Compiles macros, their calls, `#define` and `#evaluate`.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Block } from './block.ts';
import { compileExpression } from './compile-expression.ts';
import { compileNodes, type Compilation, type NodeOf, type Statement } from './compile.ts';
import { TemplateError } from './limits.ts';
import { parseTemplate } from './parse.ts';
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import { keep, restore, scoped } from './scope.ts';
import type { Value } from './values.ts';

/** A macro; its arguments are computed before the call. */
export interface Macro {
  readonly parameters: readonly string[];
  readonly body: Statement;
}

/** The variable with the block of a call `#@name() … #end`. */
const BODY = 'bodyContent';

/** A macro is known in the whole template, before it too. */
export function defineMacro(node: NodeOf<'macro'>, compilation: Compilation): Statement {
  const body = compileNodes(node.body, compilation);
  compilation.macros.set(node.name, { parameters: node.parameters, body });
  return () => undefined;
}

/** Calls a macro; a block call of a macro that is nowhere defined prints as written. */
export function compileCall(node: NodeOf<'call'>, compilation: Compilation): Statement {
  const args = node.args.map((arg) => compileExpression(arg, compilation));
  const { name, block } = node;
  const body = block && compileNodes(block.nodes, compilation);
  return (run) => {
    run.step();
    const macro = compilation.macros.get(name);
    if (macro === undefined) {
      if (block) run.write(block.source);
      return undefined;
    }
    const values = args.map((compute) => compute(run));
    return run.nested(() =>
      body ? callWithBody(run, macro, { values, body }) : call(run, macro, values),
    );
  };
}

function call(run: Run, macro: Macro, values: readonly Value[]): ReturnType<Statement> {
  return scoped(run, macro.parameters, () => enter(run, macro, values));
}

/** The body sees the caller's variables, not the macro's. */
function callWithBody(
  run: Run,
  macro: Macro,
  { values, body }: { readonly values: readonly Value[]; readonly body: Statement },
): ReturnType<Statement> {
  const names = [...macro.parameters, BODY];
  const outer = keep(run, names);
  const block = new Block((inner) =>
    scoped(inner, names, () => {
      restore(inner, names, outer);
      return body(inner);
    }),
  );
  return scoped(run, names, () => {
    run.variables.set(BODY, block);
    return enter(run, macro, values);
  });
}

function enter(
  run: Run,
  { parameters, body }: Macro,
  values: readonly Value[],
): ReturnType<Statement> {
  parameters.forEach((name, at) => run.variables.set(name, values[at]));
  const flow = body(run);
  return flow === 'break' ? undefined : flow;
}

/** `#define($name) … #end`: rendered each time it is printed, with the variables of that moment. */
export function compileDefine(node: NodeOf<'define'>, compilation: Compilation): Statement {
  const block = new Block(compileNodes(node.body, compilation));
  return (run) => {
    run.step();
    run.variables.set(node.name, block);
    return undefined;
  };
}

/** `#evaluate(text)`: renders a text as a template, with the same variables, within the same bounds. */
export function compileEvaluate(node: NodeOf<'evaluate'>, compilation: Compilation): Statement {
  const compute = compileExpression(node.source, compilation);
  return (run) => {
    run.step();
    const text = printValue(run, compute(run));
    // Parsing costs more than printing: a step for each character.
    run.step(text.length + compilation.macros.size);
    return run.nested(() => {
      const flow = compileSource(run, text, compilation)(run);
      return flow === 'break' ? undefined : flow;
    });
  };
}

/** Macros that the text defines are its own. */
function compileSource(run: Run, text: string, compilation: Compilation): Statement {
  try {
    const nodes = parseTemplate(text, run.limits, compilation.macros.keys());
    return compileNodes(nodes, { ...compilation, macros: new Map(compilation.macros) });
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new TemplateError(`#evaluate: ${error.message}`, { cause: error });
  }
}
