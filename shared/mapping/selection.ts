// Selection expressions, compiled once: variables, braces, literal text and `\$` (apigateway-websocket-api-selection-expressions).
import type { Body } from '#shared/model/exchange.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { javaText } from './java-text.ts';
import { JSON_PATH_LIMITS } from './json-path/path.ts';
import { scan, type Token } from './selection-scanner.ts';
import {
  compileVariable,
  type SelectionScope,
  type SelectionVariable,
  type VariableKind,
} from './selection-variables.ts';

export type { BackendAnswer, SelectionScope, VariableKind } from './selection-variables.ts';

/** The longest expression that is compiled, in characters. */
export const SELECTION_CHARACTERS = 2048;

/** Kinds of variables that each place of an API may use; AWS documents the same lists. */
const SELECTION_PLACES = {
  route: ['request.body'],
  model: ['request.body'],
  apiKey: ['request.header', 'context'],
  requestTemplate: ['request.body'],
  integrationResponse: ['integration.response'],
  responseTemplate: ['request.body', 'integration.response'],
} as const satisfies Record<string, readonly VariableKind[]>;

/** Where an expression stands. */
export type SelectionPlace = keyof typeof SELECTION_PLACES;

/** A compiled expression. */
export interface SelectionExpression {
  readonly text: string;
  /** The value when the expression has no variables. */
  readonly constant?: string;
  /**
   * The value for one exchange: one pass, missing paths are empty. `undefined` when a body variable meets a body
   * that is not a JSON object or array. Never throws, never runs what a message brings.
   */
  evaluate(scope: SelectionScope): string | undefined;
}

type Part = string | SelectionVariable;

/** Compiles `text` for `place`. Throws `DefinitionError` with the position of what is wrong. */
export function compileSelection(text: string, place: SelectionPlace): SelectionExpression {
  const tokens = tokensOf(text);
  const needsBody = tokens.some((token) => token.variable?.startsWith('request.body') === true);
  const parts = tokens.map((token) => partOf(token, text, place));
  const literal = parts.filter((part) => typeof part === 'string');
  if (literal.length === parts.length) {
    const constant = literal.join('');
    return { text, constant, evaluate: () => constant };
  }
  return { text, evaluate: needsBody ? whenReadable(joined(parts)) : joined(parts) };
}

/**
 * Compiles a route selection expression to a function of the message alone, with nothing allocated on the way
 * for the ubiquitous single path (`$request.body.action`).
 */
export function compileRouteSelection(text: string): (body: Body) => string | undefined {
  const expression = compileSelection(text, 'route');
  const { constant } = expression;
  if (constant !== undefined) return () => constant;
  const [token, ...more] = tokensOf(text);
  const only = more.length === 0 ? token?.variable : undefined;
  const read =
    only === undefined ? undefined : compileVariable(only, SELECTION_PLACES.route).ofBody;
  if (read === undefined) return (body) => expression.evaluate({ body });
  return (body) => {
    const document = body.json;
    return isReadable(document) ? javaText(read(document)) : undefined;
  };
}

function tokensOf(text: string): readonly Token[] {
  if (text.length > SELECTION_CHARACTERS) {
    throw new DefinitionError(
      `Invalid selection expression: longer than ${SELECTION_CHARACTERS} characters`,
    );
  }
  return scan(text);
}

function partOf(token: Token, text: string, place: SelectionPlace): Part {
  if (token.variable === undefined) return token.literal;
  try {
    return compileVariable(token.variable, SELECTION_PLACES[place]);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const where = `${JSON.stringify(text)} at position ${token.at}`;
    throw new DefinitionError(`Invalid selection expression ${where}: ${error.message}`, {
      cause: error,
    });
  }
}

function joined(parts: readonly Part[]): (scope: SelectionScope) => string {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') return (scope) => javaText(only.read(scope));
  const searches = parts.some((part) => typeof part === 'object' && part.searches === true);
  return (scope) => {
    const budget = searches ? { left: JSON_PATH_LIMITS.visits } : undefined;
    let value = '';
    for (const part of parts) {
      value += typeof part === 'string' ? part : javaText(part.read(scope, budget));
    }
    return value;
  };
}

function whenReadable(
  evaluate: (scope: SelectionScope) => string,
): (scope: SelectionScope) => string | undefined {
  return (scope) => (isReadable(scope.body.json) ? evaluate(scope) : undefined);
}

/** Scalars as whole messages have no paths: AWS's answer is unknown, ours is "not evaluable" (docs/parity.md). */
function isReadable(document: unknown): boolean {
  return typeof document === 'object' && document !== null;
}
