// What a member's value may be: small rules that answer with AWS's text for what is wrong.
import type { Limits } from '#shared/model/limits.ts';

/** Checks the value of `member` (PascalCase) under the node's limits; answers why it is refused, or nothing. */
export type Rule = (value: unknown, member: string, limits: Limits) => string | undefined;

/** A number, or the limit of the node that has this name. */
export type Bound = number | keyof Limits;

/** The number of a bound. */
export const boundOf = (bound: Bound, limits: Limits): number =>
  typeof bound === 'number' ? bound : limits[bound];

/** Member names as they are on the wire, which is how AWS writes them in its texts. */
const wireName = (member: string): string => member.charAt(0).toLowerCase() + member.slice(1);

/** AWS's sentence for a value that fails a constraint of its type. */
function failed(value: unknown, member: string, must: string): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return `1 validation error detected: Value '${shown}' at '${wireName(member)}' failed to satisfy constraint: Member must ${must}`;
}

/** Text of `min` to `most` characters, optionally of a form. */
export function text(min: number, most: Bound, pattern?: RegExp): Rule {
  return (value, member, limits) => {
    const given = String(value);
    const max = boundOf(most, limits);
    if (given.length < min) {
      return failed(given, member, `have length greater than or equal to ${min}`);
    }
    if (given.length > max) {
      return failed(given, member, `have length less than or equal to ${max}`);
    }
    if (pattern === undefined || pattern.test(given)) return undefined;
    return failed(given, member, `satisfy regular expression pattern: ${pattern.source}`);
  };
}

/** One of a few words. */
export function oneOf(words: readonly string[]): Rule {
  return (value, member) =>
    words.includes(String(value))
      ? undefined
      : failed(value, member, `satisfy enum value set: [${words.join(', ')}]`);
}

/** A number within bounds. */
export function between(min: number, max: number): Rule {
  return (value, member) => {
    if (!(Number(value) >= min)) {
      return failed(value, member, `have value greater than or equal to ${min}`);
    }
    if (Number(value) > max) {
      return failed(value, member, `have value less than or equal to ${max}`);
    }
    return undefined;
  };
}

/** `rule` with a sentence of its own, in which `{value}` stands for what was given. */
export function saying(sentence: string, rule: Rule): Rule {
  return (value, member, limits) =>
    rule(value, member, limits) === undefined
      ? undefined
      : sentence.replace('{value}', () => String(value));
}

/** A list of at most `max` items that all keep `item`. */
export function listOf(item: Rule, max: number): Rule {
  return (value, member, limits) => {
    const items = value as readonly unknown[];
    if (items.length > max)
      return failed(items, member, `have length less than or equal to ${max}`);
    return firstOf(items.map((entry) => item(entry, member, limits)));
  };
}

/** A map of at most `most` entries; each key and value is checked. */
export function mapOf(key: Rule, value: Rule, most: Bound): Rule {
  return (map, member, limits) => {
    const max = boundOf(most, limits);
    const entries = Object.entries(map as Readonly<Record<string, unknown>>);
    if (entries.length > max)
      return failed(map, member, `have length less than or equal to ${max}`);
    return firstOf(
      entries.map(
        ([name, entry]) => key(name, member, limits) ?? value(entry, `${member}.${name}`, limits),
      ),
    );
  };
}

/** An object whose members keep the rules of a table; unnamed members are free. */
export function members(table: Constraints): Rule {
  return (value, _member, limits) =>
    firstFlaw(table, value as Readonly<Record<string, unknown>>, limits);
}

/** Anything. */
export const anything: Rule = () => undefined;

/** Rules by member. */
export type Constraints = Readonly<Record<string, Rule>>;

/** The first reason for which `input` is refused; absent members are fine. */
export function firstFlaw(
  table: Constraints,
  input: Readonly<Record<string, unknown>>,
  limits: Limits,
): string | undefined {
  return firstOf(
    Object.entries(table).map(([member, rule]) =>
      input[member] === undefined ? undefined : rule(input[member], member, limits),
    ),
  );
}

function firstOf(flaws: readonly (string | undefined)[]): string | undefined {
  return flaws.find((flaw) => flaw !== undefined);
}
