// Keywords for objects: which members there must and may be, and what they are.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compileSearch } from '#shared/mapping/pattern.ts';
import type { Check, Run } from '../run.ts';
import {
  countOf,
  isMap,
  mapOf,
  textsOf,
  type Compiler,
  type Keywords,
  type Schema,
} from './keyword.ts';

type Values = Readonly<Record<string, unknown>>;

export const OBJECT_KEYWORDS: Keywords = {
  required: (argument) => {
    const names = textsOf(argument);
    return (value, run) => {
      if (!isMap(value)) return true;
      const missing = without(names, value, run);
      return (
        missing === undefined ||
        run.refuse(() => `object has missing required properties (${texts(missing)})`)
      );
    };
  },
  properties: (argument, _schema, compiler) => {
    const checks = Object.entries(mapOf(argument)).map(
      ([name, schema]) => [name, compiler.compile(schema)] as const,
    );
    return (value, run) => {
      if (!isMap(value)) return true;
      run.charge(checks.length);
      let fits = true;
      for (const [name, check] of checks) {
        if (!Object.hasOwn(value, name) || run.enter(check, value[name])) continue;
        if (!run.thorough) return false;
        fits = false;
      }
      return fits;
    };
  },
  patternProperties: (argument, _schema, compiler) => {
    const rows = Object.entries(mapOf(argument)).map(([pattern, schema]) => ({
      finds: compileSearch(pattern),
      check: compiler.compile(schema),
    }));
    return (value, run) => {
      if (!isMap(value)) return true;
      let fits = true;
      for (const [name, member] of Object.entries(value)) {
        run.charge(rows.length * (1 + name.length));
        for (const { finds, check } of rows) {
          if (!finds(name) || run.enter(check, member)) continue;
          if (!run.thorough) return false;
          fits = false;
        }
      }
      return fits;
    };
  },
  additionalProperties: (argument, schema, compiler) => {
    const check = additional(argument, compiler);
    if (check === undefined) return undefined;
    const isAdditional = additionalTest(schema);
    return (value, run) => {
      if (!isMap(value)) return true;
      const extra = Object.keys(value).filter((name) => isAdditional(name, run));
      return check(value, extra, run);
    };
  },
  minProperties: (argument) => {
    const least = countOf(argument);
    return (value, run) =>
      !isMap(value) ||
      sizeOf(value, run) >= least ||
      run.refuse(
        () =>
          `object has too few properties (found ${sizeOf(value, run)} but schema requires at least ${least})`,
      );
  },
  maxProperties: (argument) => {
    const most = countOf(argument);
    return (value, run) =>
      !isMap(value) ||
      sizeOf(value, run) <= most ||
      run.refuse(
        () =>
          `object has too many properties (found ${sizeOf(value, run)} but schema requires at most ${most})`,
      );
  },
  dependencies: (argument, _schema, compiler) => {
    const rows = Object.entries(mapOf(argument)).map(
      ([name, needed]) => [name, dependency(name, needed, compiler)] as const,
    );
    return (value, run) => {
      if (!isMap(value)) return true;
      run.charge(rows.length);
      let fits = true;
      for (const [name, check] of rows) {
        if (!Object.hasOwn(value, name) || check(value, run)) continue;
        if (!run.thorough) return false;
        fits = false;
      }
      return fits;
    };
  },
};

/** A schema the whole object has to fit, or names it has to have, when a member is there. */
function dependency(name: string, needed: unknown, compiler: Compiler): Check {
  if (!Array.isArray(needed)) {
    const check = compiler.compile(needed);
    return (value, run) => run.enter(check, value);
  }
  const names = textsOf(needed);
  return (value, run) => {
    const missing = without(names, value as Values, run);
    return (
      missing === undefined ||
      run.refuse(
        () =>
          `property ${JSON.stringify(name)} of object has missing property dependencies (schema requires ${texts(names)}; missing: ${texts(missing)})`,
      )
    );
  };
}

function additional(
  argument: unknown,
  compiler: Compiler,
): ((value: Values, names: readonly string[], run: Run) => boolean) | undefined {
  if (argument === true) return undefined;
  if (argument === false) {
    return (_value, names, run) =>
      names.length === 0 ||
      run.refuse(
        () => `object instance has properties which are not allowed by the schema: ${texts(names)}`,
      );
  }
  if (!isMap(argument)) throw new DefinitionError('must be a boolean or a schema');
  const check = compiler.compile(argument);
  return (value, names, run) => {
    let fits = true;
    for (const name of names) {
      if (run.enter(check, value[name])) continue;
      if (!run.thorough) return false;
      fits = false;
    }
    return fits;
  };
}

/** Whether neither `properties` nor `patternProperties` of `schema` speak of a name. */
function additionalTest(schema: Schema): (name: string, run: Run) => boolean {
  const known = new Set(isMap(schema['properties']) ? Object.keys(schema['properties']) : []);
  const patterns = isMap(schema['patternProperties']) ? schema['patternProperties'] : {};
  const searches = Object.keys(patterns).map((pattern) => compileSearch(pattern));
  return (name, run) => {
    run.charge(1 + searches.length * name.length);
    return !known.has(name) && !searches.some((finds) => finds(name));
  };
}

/** Those of `names` that `value` does not have; `undefined` when it has all. */
function without(names: readonly string[], value: Values, run: Run): string[] | undefined {
  run.charge(names.length);
  let missing: string[] | undefined;
  for (const name of names) if (!Object.hasOwn(value, name)) (missing ??= []).push(name);
  return missing;
}

function sizeOf(value: Values, run: Run): number {
  const { length } = Object.keys(value);
  run.charge(length);
  return length;
}

function texts(names: readonly string[]): string {
  return JSON.stringify(names.toSorted());
}
