// Keywords for values of every kind: type, enum, the four combinations, definitions.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Run, type Check } from '../run.ts';
import { valueKey } from '../value-key.ts';
import { arrayOf, mapOf, textsOf, type Compiler, type Keywords } from './keyword.ts';

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  array: (value) => Array.isArray(value),
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  null: (value) => value === null,
  number: (value) => typeof value === 'number',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  string: (value) => typeof value === 'string',
};

/** Texts of faults follow the validator that AWS uses (java-json-tools json-schema-validator). */
export const GENERAL_KEYWORDS: Keywords = {
  type: (argument) => {
    const names = typeof argument === 'string' ? [argument] : textsOf(argument);
    const tests = names.map(typeTest);
    const allowed = list(names.toSorted());
    return (value, run) =>
      tests.some((test) => test(value)) ||
      run.refuse(
        () =>
          `instance type (${typeName(value)}) does not match any allowed primitive type (allowed: ${allowed})`,
      );
  },
  enum: (argument) => {
    const values = arrayOf(argument);
    const bytes = JSON.stringify(values).length;
    const keys = new Set(values.map((value) => valueKey(value, new Run(bytes))));
    if (keys.size < values.length) throw new DefinitionError('has the same value twice');
    return (value, run) =>
      keys.has(valueKey(value, run)) ||
      run.refuse(
        () =>
          `instance value (${excerpt(value)}) not found in enum (possible values: ${excerpt(values)})`,
      );
  },
  allOf: (argument, _schema, compiler) => {
    const checks = compiled(argument, compiler);
    return (value, run) => {
      const matched = countOf(checks, value, run);
      if (matched === checks.length) return true;
      if (run.thorough) for (const check of checks) run.enter(check, value);
      return run.refuse(
        () =>
          `instance failed to match all required schemas (matched only ${matched} out of ${checks.length})`,
      );
    };
  },
  anyOf: (argument, _schema, compiler) => {
    const checks = compiled(argument, compiler);
    return (value, run) =>
      checks.some((check) => run.enterQuietly(check, value)) ||
      run.refuse(
        () => `instance failed to match at least one required schema among ${checks.length}`,
      );
  },
  oneOf: (argument, _schema, compiler) => {
    const checks = compiled(argument, compiler);
    return (value, run) => {
      const matched = countOf(checks, value, run);
      return (
        matched === 1 ||
        run.refuse(
          () =>
            `instance failed to match exactly one schema (matched ${matched} out of ${checks.length})`,
        )
      );
    };
  },
  not: (argument, _schema, compiler) => {
    const check = compiler.compile(argument);
    return (value, run) =>
      !run.enterQuietly(check, value) ||
      run.refuse(() => 'instance matched a schema which it should not have');
  },
  /** Checks nothing by itself, but a flaw in it is one of the schema. */
  definitions: (argument, _schema, compiler) => {
    for (const schema of Object.values(mapOf(argument))) compiler.compile(schema);
    return undefined;
  },
};

function typeTest(name: string): (value: unknown) => boolean {
  const test = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (test === undefined) throw new DefinitionError(`${JSON.stringify(name)} is no type`);
  return test;
}

function typeName(value: unknown): string {
  return Object.keys(TYPES).find((name) => TYPES[name]?.(value) === true) ?? typeof value;
}

function compiled(argument: unknown, compiler: Compiler): readonly Check[] {
  return arrayOf(argument).map((schema) => compiler.compile(schema));
}

function countOf(checks: readonly Check[], value: unknown, run: Run): number {
  let matched = 0;
  for (const check of checks) if (run.enterQuietly(check, value)) matched++;
  return matched;
}

const EXCERPT_CHARACTERS = 256;

/** `value` as JSON, cut where it grows long. */
function excerpt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
}

/** A list of texts as faults show it. */
function list(texts: readonly string[]): string {
  return JSON.stringify(texts);
}
