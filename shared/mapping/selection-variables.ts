// The variables of selection expressions by kind: each row compiles the rest of the name to a read of the scope.
import type { Body, Exchange } from '#shared/model/exchange.ts';
import { contextVariable } from '#shared/exchange/context.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { headerValues } from '#shared/exchange/headers.ts';
import { compileJsonPath, type VisitBudget } from './json-path/path.ts';

/** What a back end answered, as expressions and templates see it. */
export interface BackendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** What an expression may read. Without an exchange its header and context variables are empty. */
export interface SelectionScope {
  /** Body of the client's request or message. */
  readonly body: Body;
  readonly exchange?: Exchange;
  readonly answer?: BackendAnswer;
}

/** A compiled variable. */
export interface SelectionVariable {
  /** Takes what a search (`..`, `*`) visits from `budget`; without one from a budget of its own. */
  readonly read: (scope: SelectionScope, budget?: VisitBudget) => unknown;
  /** Whether reading searches, so that all variables of an expression should share one budget. */
  readonly searches?: boolean;
  /** Present when the message's JSON document is all it needs. */
  readonly ofBody?: (document: unknown) => unknown;
}

/** Compiles what follows a kind's name; `rest` begins with `.`, `[` or is empty. */
type Compile = (rest: string) => SelectionVariable;

/** Kinds by the beginning of their names. */
const KINDS = {
  'request.body': requestBody,
  'request.header': (rest) => {
    const name = nameOf(rest);
    return {
      read: ({ exchange }) => headerValues(exchange?.request.rawHeaders ?? [], name).at(-1),
    };
  },
  context: (rest) => {
    const name = nameOf(rest);
    const variable = contextVariable(name);
    if (variable === undefined) throw new DefinitionError(`unknown variable $context.${name}`);
    return {
      read: ({ exchange }) => (exchange === undefined ? undefined : variable.read(exchange)),
    };
  },
  'integration.response': integrationResponse,
} as const satisfies Record<string, Compile>;

/** Beginning of a variable's name. */
export type VariableKind = keyof typeof KINDS;

/** Compiles the variable `name` if its kind is `allowed`. Throws `DefinitionError` without a position. */
export function compileVariable(name: string, allowed: readonly VariableKind[]): SelectionVariable {
  const canonical = name.startsWith('response.') ? `integration.${name}` : name;
  for (const kind of allowed) {
    const rest = canonical.slice(kind.length);
    if (canonical.startsWith(kind) && /^(?:$|[.[])/.test(rest)) return KINDS[kind](rest);
  }
  const choice = allowed.map((kind) => `$${kind}`).join(', ');
  throw new DefinitionError(`$${name} is not allowed here; only ${choice}`);
}

function requestBody(rest: string): SelectionVariable {
  const path = compileJsonPath(`$${rest}`);
  return {
    read: ({ body }, budget) => path.read(body.json, budget),
    searches: !path.definite,
    ofBody: (document) => path.read(document),
  };
}

const ANSWER_PART = /^\.(statuscode|header|multivalueheader|body)(.*)$/s;

function integrationResponse(rest: string): SelectionVariable {
  const [, part, tail = ''] = ANSWER_PART.exec(rest) ?? [];
  if (part === 'statuscode' && tail === '') return { read: ({ answer }) => answer?.status };
  if (part === 'body') {
    const path = compileJsonPath(`$${tail}`);
    return {
      read: ({ answer }, budget) => path.read(answer?.body.json, budget),
      searches: !path.definite,
    };
  }
  if (part === undefined || part === 'statuscode') {
    throw new DefinitionError(`unknown variable $integration.response${rest}`);
  }
  const name = nameOf(tail).toLowerCase();
  const read = (scope: SelectionScope): string | undefined => answerHeader(scope, name);
  return part === 'header' ? { read } : { read: (scope) => listOf(read(scope)) };
}

function answerHeader({ answer }: SelectionScope, name: string): string | undefined {
  for (const [key, value] of Object.entries(answer?.headers ?? {})) {
    if (key.toLowerCase() === name) return value;
  }
  return undefined;
}

function listOf(value: string | undefined): string[] | undefined {
  return value?.split(',').map((item) => item.trim());
}

const DOTTED = /^\.([\w.$-]+)$/;
const BRACKETED = /^\[(?:'([\w.$-]+)'|"([\w.$-]+)")\]$/;

/** The one name after a kind: `.x-api-key` or `['x-api-key']`. */
function nameOf(rest: string): string {
  const bracketed = BRACKETED.exec(rest);
  const name = DOTTED.exec(rest)?.[1] ?? bracketed?.[1] ?? bracketed?.[2];
  if (name === undefined) throw new DefinitionError('a name is missing');
  return name;
}
