// Evaluates IAM policies (IAM guide: reference_policies_evaluation-logic): compiled once, asked per request.
import type { Principal } from '#shared/model/control.ts';
import { compileCondition, type Condition } from './policy-conditions.ts';
import { PolicyFault } from './policy-fault.ts';
import { compilePattern, type Matcher, type RequestKeys } from './policy-pattern.ts';

/** What somebody wants to do. */
export interface AccessRequest {
  /** `execute-api:Invoke` */
  readonly action: string;
  readonly resource: string;
  readonly keys: RequestKeys;
}

/** What a policy says to a request; `reason` is for logs. */
export interface Verdict {
  readonly allowed: boolean;
  /** Denied by a statement, not only because none allows. */
  readonly explicit: boolean;
  readonly reason: string;
}

/** A compiled policy document. */
export interface Policy {
  evaluate(request: AccessRequest): Verdict;
}

/** A statement: what it is about, under which conditions. */
interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly action: Matcher;
  readonly resource: Matcher;
  readonly conditions: readonly Condition[];
  /** Condition operators that are not known here: nobody can tell whether it holds. */
  readonly unknown: readonly string[];
}

/** How a document is to be read. */
export interface PolicyOptions {
  /** Longest `Resource`. Default: any length. */
  readonly resourceLength?: number;
}

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17', undefined];

/** Compiles a policy document, already parsed. Throws `PolicyFault` for what is no policy of IAM. */
export function compilePolicy(document: unknown, options: PolicyOptions = {}): Policy {
  const { Version, Statement: written, ...others } = mapOf(document, 'the policy');
  refuseOthers(others, ['Id'], 'the policy');
  if (!VERSIONS.includes(Version)) throw new PolicyFault('Version must be "2012-10-17"');
  if (written === undefined) throw new PolicyFault('Statement is missing');
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  const variables = Version === '2012-10-17';
  const statements = list.map((entry, index) =>
    compileStatement(entry, { ...options, variables, path: `Statement[${index}]` }),
  );
  return { evaluate: (request) => evaluate(statements, request) };
}

const EVERYTHING: Policy = {
  evaluate: () => ({ allowed: true, explicit: false, reason: 'no policy limits the caller' }),
};

const known = new WeakMap<object, Policy>();

/** The policy of `principal`; who has none may do everything. Throws `PolicyFault`. */
export function policyOf({ policy: document }: Principal): Policy {
  if (document === undefined) return EVERYTHING;
  if (typeof document !== 'object' || document === null) return compilePolicy(document);
  const compiled = known.get(document) ?? compilePolicy(document);
  known.set(document, compiled);
  return compiled;
}

/** A deny wins over every allow; what nobody allows is denied; what cannot be judged is denied. */
function evaluate(statements: readonly Statement[], request: AccessRequest): Verdict {
  let allowing = -1;
  for (const [index, statement] of statements.entries()) {
    if (!isAbout(statement, request)) continue;
    if (statement.unknown.length > 0) {
      const operators = statement.unknown.join(', ');
      return denied(`Statement[${index}] has the unknown condition operator ${operators}`);
    }
    if (statement.effect === 'Deny') return denied(`Statement[${index}] denies it`);
    allowing = index;
  }
  const subject = `${request.action} on ${request.resource}`;
  return allowing < 0
    ? { allowed: false, explicit: false, reason: `no statement allows ${subject}` }
    : { allowed: true, explicit: false, reason: `Statement[${allowing}] allows it` };
}

function denied(reason: string): Verdict {
  return { allowed: false, explicit: true, reason };
}

function isAbout(statement: Statement, { action, resource, keys }: AccessRequest): boolean {
  return (
    statement.action(action, keys) &&
    statement.resource(resource, keys) &&
    statement.conditions.every((holds) => holds(keys))
  );
}

interface StatementOptions extends PolicyOptions {
  readonly variables: boolean;
  readonly path: string;
}

function compileStatement(entry: unknown, options: StatementOptions): Statement {
  const { variables, path, resourceLength = Infinity } = options;
  const statement = mapOf(entry, path);
  const { Effect, Condition: conditions = {}, ...others } = statement;
  refuseOthers(others, ['Sid', 'Action', 'NotAction', 'Resource', 'NotResource'], path);
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw new PolicyFault(`${path}.Effect must be "Allow" or "Deny"`);
  }
  const resources = [...textsOf(statement['Resource']), ...textsOf(statement['NotResource'])];
  if (resources.some((resource) => resource.length > resourceLength)) {
    throw new PolicyFault(`${path}.Resource is longer than ${resourceLength} characters`);
  }
  return {
    effect: Effect,
    action: oneOf(statement, 'Action', {
      path,
      read: (text) => compilePattern(text, { wildcards: true, variables: false, ignoreCase: true }),
    }),
    resource: oneOf(statement, 'Resource', {
      path,
      read: (text) => compilePattern(text, { wildcards: true, variables }),
    }),
    ...compileConditions(conditions, { variables, path: `${path}.Condition` }),
  };
}

/** The matcher of `name` or of `Not{name}`, of which there must be exactly one. */
function oneOf(
  statement: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  options: { readonly path: string; readonly read: (text: string) => Matcher },
): Matcher {
  const positive = statement[name];
  const negative = statement[`Not${name}`];
  const texts = textsOf(positive ?? negative);
  if ((positive === undefined) === (negative === undefined) || texts.length === 0) {
    throw new PolicyFault(`${options.path} must have ${name} or Not${name}, with texts`);
  }
  const matchers = texts.map(options.read);
  return (value, keys) =>
    matchers.some((matches) => matches(value, keys)) === (positive !== undefined);
}

function compileConditions(
  written: unknown,
  options: { readonly variables: boolean; readonly path: string },
): Pick<Statement, 'conditions' | 'unknown'> {
  const conditions: Condition[] = [];
  const unknown: string[] = [];
  for (const [operator, keys] of Object.entries(mapOf(written, options.path))) {
    const path = `${options.path}.${operator}`;
    for (const [key, value] of Object.entries(mapOf(keys, path))) {
      const condition = readCondition(operator, key, { ...options, path, value });
      if (condition === undefined) unknown.push(operator);
      else conditions.push(condition);
    }
  }
  return { conditions, unknown };
}

function readCondition(
  operator: string,
  key: string,
  options: { readonly variables: boolean; readonly path: string; readonly value: unknown },
): Condition | undefined {
  const { variables, path, value } = options;
  const values = scalarsOf(value);
  if (values.length === 0) throw new PolicyFault(`${path}.${key} has no values`);
  try {
    return compileCondition(operator, key, { values, variables });
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error;
    throw new PolicyFault(`${path}.${key}: ${error.message}`, { cause: error });
  }
}

function mapOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new PolicyFault(`${path} must be an object`);
}

/** A member that is not known may be meant to narrow the policy: it is not passed over. */
function refuseOthers(others: object, allowed: readonly string[], path: string): void {
  const foreign = Object.keys(others).find((name) => !allowed.includes(name));
  if (foreign !== undefined) throw new PolicyFault(`${path} must not have ${foreign}`);
}

/** A text or a list of texts; empty for everything else. */
function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((entry) => typeof entry === 'string') ? list : [];
}

function scalarsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const scalar = (entry: unknown): entry is string | number | boolean =>
    ['string', 'number', 'boolean'].includes(typeof entry);
  return list.every(scalar) ? list.map(String) : [];
}
