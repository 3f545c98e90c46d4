// What is wrong with a schema by itself, whatever other models it refers to.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { MODEL_REFERENCE } from './models.ts';
import { ForeignReference } from './reference.ts';
import { SchemaDocument } from './schema.ts';

/** A schema that is none. `detail` says more of it than API Gateway tells its users. */
export interface SchemaFlaw {
  /** Not JSON Schema draft 4, members that draft 4 has not, or a `$ref` that leads to no model and no part of it. */
  readonly kind: 'invalid' | 'unsupported' | 'reference';
  /** The members that draft 4 has not, sorted. */
  readonly keywords: readonly string[];
  readonly detail: string;
}

/** The flaw of the schema `text`, if it has one. Models that it refers to need not be there. */
export function schemaFlaw(text: string): SchemaFlaw | undefined {
  const unknown = new Set<string>();
  try {
    new SchemaDocument({
      document: JSON.parse(text) as unknown,
      foreign: (reference) => (MODEL_REFERENCE.test(reference) ? () => true : undefined),
      unknown: (keyword) => unknown.add(keyword),
    }).check();
  } catch (error) {
    if (!(error instanceof DefinitionError || error instanceof SyntaxError)) throw error;
    const kind = causes(error).some((cause) => cause instanceof ForeignReference);
    return { kind: kind ? 'reference' : 'invalid', keywords: [], detail: error.message };
  }
  if (unknown.size === 0) return undefined;
  const keywords = [...unknown].sort();
  return {
    kind: 'unsupported',
    keywords,
    detail: `no keywords of draft 4: ${keywords.join(', ')}`,
  };
}

/** An error and what has caused it. */
function causes(error: unknown): unknown[] {
  const all: unknown[] = [];
  for (let at = error; at !== undefined; at = at instanceof Error ? at.cause : undefined)
    all.push(at);
  return all;
}
