// Condition operators of IAM policies (IAM guide: reference_policies_elements_condition_operators) as one table.
import { BlockList, isIP } from 'node:net';
import { PolicyFault } from './policy-fault.ts';
import { compilePattern, type Matcher, type RequestKeys } from './policy-pattern.ts';

/** A condition of a statement: one operator on one key. */
export type Condition = (keys: RequestKeys) => boolean;

/** An operator: how one of its values is compared, and whether it wants that none of them fits. */
interface Operator {
  readonly negated: boolean;
  readonly compile: (value: string, variables: boolean) => Matcher;
}

type Compile = Operator['compile'];

const is = (compile: Compile): Operator => ({ negated: false, compile });
const isNot = (compile: Compile): Operator => ({ negated: true, compile });

const exact: Compile = (text, variables) => compilePattern(text, { wildcards: false, variables });
const like: Compile = (text, variables) => compilePattern(text, { wildcards: true, variables });
const exactAnyCase: Compile = (text, variables) =>
  compilePattern(text, { wildcards: false, variables, ignoreCase: true });

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(exact)],
  ['StringNotEquals', isNot(exact)],
  ['StringEqualsIgnoreCase', is(exactAnyCase)],
  ['StringNotEqualsIgnoreCase', isNot(exactAnyCase)],
  ['StringLike', is(like)],
  ['StringNotLike', isNot(like)],
  ['ArnEquals', is(arnLike)],
  ['ArnNotEquals', isNot(arnLike)],
  ['ArnLike', is(arnLike)],
  ['ArnNotLike', isNot(arnLike)],
  ['IpAddress', is(inNetwork)],
  ['NotIpAddress', isNot(inNetwork)],
  ['Bool', is(exactAnyCase)],
  ...ordered('Numeric', numberOf),
  ...ordered('Date', instantOf),
]);

/** `{ForAnyValue:|ForAllValues:}{operator}{IfExists}` */
const NAME = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/;

/**
 * Compiles the condition that `operator` puts on `key`; `undefined` for an operator that is not known. Throws
 * `PolicyFault` for a value that the operator cannot compare. Keys have one value each, so that the two set operators
 * differ only for keys that a request does not have.
 */
export function compileCondition(
  operator: string,
  key: string,
  options: { readonly values: readonly string[]; readonly variables: boolean },
): Condition | undefined {
  const [, set, name = '', ifExists] = NAME.exec(operator) ?? [];
  const wanted = key.toLowerCase();
  if (name === 'Null' && set === undefined && ifExists === undefined) {
    return (keys) => options.values.includes(String(!keys.has(wanted)));
  }
  const found = OPERATORS.get(name);
  if (found === undefined) return undefined;
  const matchers = options.values.map((value) => found.compile(value, options.variables));
  const holdsWithout = withoutKey(found, { set, ifExists });
  return (keys) => {
    const value = keys.get(wanted);
    if (value === undefined) return holdsWithout;
    return matchers.some((matches) => matches(value, keys)) !== found.negated;
  };
}

/** Whether a condition holds for a request that does not have its key. */
function withoutKey(
  { negated }: Operator,
  { set, ifExists }: { readonly set: string | undefined; readonly ifExists: string | undefined },
): boolean {
  if (ifExists !== undefined || set === 'ForAllValues') return true;
  return negated && set === undefined;
}

/** Part by part: five between colons, the resource as a whole; a wildcard does not reach over a colon before it. */
function arnLike(text: string, variables: boolean): Matcher {
  const matchers = arnParts(text, COLON).map((part) => like(part, variables));
  return (value, keys) => {
    const parts = arnParts(value, ':');
    return (
      parts.length === matchers.length &&
      matchers.every((matches, index) => matches(parts[index] ?? '', keys))
    );
  };
}

/** A colon of a pattern: not one within a variable's name. */
const COLON = /:(?![^{}]*\})/;

function arnParts(arn: string, separator: string | RegExp): string[] {
  const parts = arn.split(separator);
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** An address or a network in CIDR notation, of either family. */
function inNetwork(text: string): Matcher {
  const [address = '', prefix] = text.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (family === 0 || !/^\d*$/.test(prefix ?? '') || length > bits) {
    throw new PolicyFault(`${JSON.stringify(text)} is no address or network`);
  }
  const list = new BlockList();
  list.addSubnet(address, length, familyName(family));
  return (value) => isIP(value) !== 0 && list.check(value, familyName(isIP(value)));
}

function familyName(family: number): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}

/** The six comparisons of a kind of ordered values. */
function ordered(kind: string, read: (text: string) => number | undefined): [string, Operator][] {
  const by =
    (holds: (value: number, wanted: number) => boolean): Compile =>
    (text) => {
      const wanted = read(text);
      if (wanted === undefined) {
        throw new PolicyFault(`${JSON.stringify(text)} cannot be compared by ${kind} operators`);
      }
      return (value) => {
        const given = read(value);
        return given !== undefined && holds(given, wanted);
      };
    };
  const equal = by((value, wanted) => value === wanted);
  return [
    [`${kind}Equals`, is(equal)],
    [`${kind}NotEquals`, isNot(equal)],
    [`${kind}LessThan`, is(by((value, wanted) => value < wanted))],
    [`${kind}LessThanEquals`, is(by((value, wanted) => value <= wanted))],
    [`${kind}GreaterThan`, is(by((value, wanted) => value > wanted))],
    [`${kind}GreaterThanEquals`, is(by((value, wanted) => value >= wanted))],
  ];
}

const NUMBER = /^-?\d+(\.\d+)?$/;

function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

const ISO_DATE = /^\d{4}-\d\d-\d\d/;

/** ISO 8601, or seconds of the epoch. */
function instantOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text) * 1000;
  const instant = ISO_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(instant) ? undefined : instant;
}
