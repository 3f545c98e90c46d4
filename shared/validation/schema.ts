// Compiles a JSON Schema to one function (json-schema.org, draft-04, json-schema-validation).
import { DefinitionError } from '#shared/exchange/errors.ts';
import { ARRAY_KEYWORDS } from './keywords/array.ts';
import { GENERAL_KEYWORDS } from './keywords/general.ts';
import { type Compiler, type Keyword, type Schema, isMap } from './keywords/keyword.ts';
import { NUMBER_KEYWORDS } from './keywords/number.ts';
import { OBJECT_KEYWORDS } from './keywords/object.ts';
import { STRING_KEYWORDS } from './keywords/string.ts';
import { pointed, schemasById } from './reference.ts';
import type { Check, Run } from './run.ts';

/** Levels of nested schemas; a schema has at most 32 KB. */
const DEEPEST = 64;

/** Keywords that mean nothing for validation (`title`, `default`, …) are not here and are passed over. */
const KEYWORDS: readonly (readonly [string, Keyword])[] = Object.entries({
  ...GENERAL_KEYWORDS,
  ...NUMBER_KEYWORDS,
  ...STRING_KEYWORDS,
  ...ARRAY_KEYWORDS,
  ...OBJECT_KEYWORDS,
});

/** What may stand in a schema of draft 4 beside the keywords that check something. */
const ANNOTATIONS = ['$schema', 'id', 'title', 'description', 'default'];

const KNOWN: ReadonlySet<string> = new Set([...KEYWORDS.map(([name]) => name), ...ANNOTATIONS]);

/** A schema document and what its references may lead to. */
export interface SchemaSource {
  readonly document: unknown;
  /** The check of another document that `reference` names; `undefined` when there is none. */
  readonly foreign: (reference: string) => Check | undefined;
  /** Told of every member of a schema that draft 4 does not know, which else is passed over. */
  readonly unknown?: (keyword: string) => void;
}

/** The compiled schemas of one document. */
export class SchemaDocument {
  readonly #source: SchemaSource;
  readonly #checks = new Map<Schema, Check>();
  readonly #byId: ReadonlyMap<string, unknown>;

  constructor(source: SchemaSource) {
    this.#source = source;
    this.#byId = schemasById(source.document, DEEPEST);
  }

  /** The whole document, or what a JSON pointer (`#/definitions/x`) leads to. Throws `DefinitionError`. */
  check(pointer = '#'): Check {
    return this.#compile(pointed(this.#source.document, pointer), 0);
  }

  #compile(schema: unknown, depth: number): Check {
    if (!isMap(schema)) throw new DefinitionError('a schema must be a JSON object');
    if (depth > DEEPEST) throw new DefinitionError(`schemas are nested over ${DEEPEST} levels`);
    const known = this.#checks.get(schema);
    if (known !== undefined) return known;
    // Whoever refers to this schema while it is being compiled gets the check that is there by then.
    this.#checks.set(schema, (value, run) => compiled(value, run));
    const compiled = this.#compileKeywords(schema, depth);
    this.#checks.set(schema, compiled);
    return compiled;
  }

  #compileKeywords(schema: Schema, depth: number): Check {
    const compiler: Compiler = {
      compile: (inner) => this.#compile(inner, depth + 1),
    };
    if (typeof schema['$ref'] === 'string') return this.#reference(schema['$ref'], depth);
    this.#tellUnknown(schema);
    const checks: Check[] = [];
    for (const [name, keyword] of KEYWORDS) {
      if (!Object.hasOwn(schema, name)) continue;
      const check = explained(name, () => keyword(schema[name], schema, compiler));
      if (check !== undefined) checks.push(check);
    }
    return all(checks);
  }

  #tellUnknown(schema: Schema): void {
    const { unknown } = this.#source;
    if (unknown === undefined) return;
    for (const name of Object.keys(schema)) if (!KNOWN.has(name)) unknown(name);
  }

  /** What stands beside `$ref` is ignored. A reference that leads to itself never gets to a schema. */
  #reference(reference: string, depth: number): Check {
    const check = explained('$ref', () => this.#target(reference, depth));
    return (value, run) => run.enter(check, value);
  }

  #target(reference: string, depth: number): Check {
    let name = reference;
    for (let seen = 0; seen <= DEEPEST; seen++) {
      const foreign = this.#source.foreign(name);
      if (foreign !== undefined) return foreign;
      const schema = this.#byId.get(name) ?? pointed(this.#source.document, name);
      if (!isMap(schema) || typeof schema['$ref'] !== 'string') {
        return this.#compile(schema, depth + 1);
      }
      name = schema['$ref'];
    }
    throw new DefinitionError(`${reference} leads to itself`);
  }
}

/** All of `checks`, the first fault ending it unless all are wanted. */
function all(checks: readonly Check[]): Check {
  const [only] = checks;
  if (only === undefined) return () => true;
  if (checks.length === 1) return only;
  return (value, run) => allOf(checks, value, run);
}

function allOf(checks: readonly Check[], value: unknown, run: Run): boolean {
  let fits = true;
  for (const check of checks) {
    if (check(value, run)) continue;
    if (!run.thorough) return false;
    fits = false;
  }
  return fits;
}

function explained<T>(keyword: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`${keyword}: ${error.message}`, { cause: error });
  }
}
