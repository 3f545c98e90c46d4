// Compiles expressions to closures that compute a value.
import { compileNodes, type Compilation } from './compile.ts';
import { compileReference, UNRESOLVED } from './compile-reference.ts';
import { TemplateError } from './limits.ts';
import { negate, OPERATORS } from './operators.ts';
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import type { Expression } from './syntax.ts';
import {
  doubleOf,
  isTrue,
  JavaList,
  mapPut,
  numberOf,
  type Value,
  type ValueMap,
} from './values.ts';

/** Computes a value. */
export type Compute = (run: Run) => Value;

type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

/** Compiles one expression. */
export function compileExpression(expression: Expression, compilation: Compilation): Compute {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value;
    case 'decimal':
      return () => doubleOf(expression.value);
    case 'text':
      return compileText(expression, compilation);
    case 'reference':
      return compileRead(expression, compilation);
    case 'list':
      return compileList(expression, compilation);
    case 'range':
      return compileRange(expression, compilation);
    case 'map':
      return compileMap(expression, compilation);
    case 'not':
    case 'negative':
      return compileUnary(expression, compilation);
    case 'binary':
      return compileBinary(expression, compilation);
  }
}

function compileText({ nodes }: ExpressionOf<'text'>, compilation: Compilation): Compute {
  const write = compileNodes(nodes, compilation);
  return (run) => run.capture(() => void write(run));
}

function compileRead({ reference }: ExpressionOf<'reference'>, compilation: Compilation): Compute {
  const read = compileReference(reference, compilation);
  return (run) => {
    run.step();
    const value = read(run);
    return value === UNRESOLVED ? undefined : value;
  };
}

function compileList({ items }: ExpressionOf<'list'>, compilation: Compilation): Compute {
  const parts = items.map((item) => compileExpression(item, compilation));
  return (run) => {
    run.step(parts.length);
    const list = new JavaList();
    for (const part of parts) list.push(part(run));
    return list;
  };
}

/** Both ends count; a range may go down. */
function compileRange({ from, to }: ExpressionOf<'range'>, compilation: Compilation): Compute {
  const low = compileExpression(from, compilation);
  const high = compileExpression(to, compilation);
  return (run) => {
    const first = numberOf(low(run));
    const last = numberOf(high(run));
    if (first === undefined || last === undefined) return undefined;
    if (!Number.isInteger(first) || !Number.isInteger(last)) {
      throw new TemplateError('a range needs integers');
    }
    run.step(Math.abs(last - first) + 1);
    const list = new JavaList();
    const step = first <= last ? 1 : -1;
    for (let value = first; value !== last + step; value += step) list.push(value);
    return list;
  };
}

function compileMap({ entries }: ExpressionOf<'map'>, compilation: Compilation): Compute {
  const pairs = entries.map(
    ([key, value]) =>
      [compileExpression(key, compilation), compileExpression(value, compilation)] as const,
  );
  return (run) => {
    run.step(pairs.length);
    const map: ValueMap = {};
    for (const [key, value] of pairs) mapPut(map, printValue(run, key(run)), value(run));
    return map;
  };
}

function compileUnary(
  { kind, operand }: ExpressionOf<'not' | 'negative'>,
  compilation: Compilation,
): Compute {
  const compute = compileExpression(operand, compilation);
  return kind === 'not' ? (run) => !isTrue(compute(run)) : (run) => negate(compute(run));
}

/** `&&` and `||` give booleans and leave the right side alone when the left decides. */
function compileBinary(
  { operator, left, right }: ExpressionOf<'binary'>,
  compilation: Compilation,
): Compute {
  const first = compileExpression(left, compilation);
  const second = compileExpression(right, compilation);
  if (operator === '&&') return (run) => isTrue(first(run)) && isTrue(second(run));
  if (operator === '||') return (run) => isTrue(first(run)) || isTrue(second(run));
  const operate = OPERATORS[operator];
  return (run) => {
    run.step();
    return operate(run, first(run), second(run));
  };
}
