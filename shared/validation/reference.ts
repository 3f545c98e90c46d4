// Where the references of a schema lead inside its own document: JSON pointers (RFC 6901) and schemas with an `id`.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { isMap } from './keywords/keyword.ts';

/** A reference that is no pointer into its own document, and no model's address. */
export class ForeignReference extends DefinitionError {}

/** What `pointer` (`#`, `#/definitions/x`) leads to in `document`. Throws `DefinitionError` when it leads nowhere. */
export function pointed(document: unknown, pointer: string): unknown {
  if (pointer === '#' || pointer === '') return document;
  if (!pointer.startsWith('#/'))
    throw new ForeignReference(`${pointer} names no schema of this api`);
  let found = document;
  for (const token of decoded(pointer.slice(2)).split('/')) {
    found = member(found, token.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (found === undefined) throw new DefinitionError(`${pointer} leads nowhere`);
  }
  return found;
}

function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined;
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new DefinitionError(`${text} is not percent-encoded`, { cause: error });
  }
}

/** Schemas of `document` that have an `id`, which references may name as it is written; `deepest` levels are looked at. */
export function schemasById(document: unknown, deepest: number): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  let level: unknown[] = [document];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    for (const value of level) {
      const id = isMap(value) && Object.hasOwn(value, 'id') ? value['id'] : undefined;
      if (typeof id === 'string' && !found.has(id)) found.set(id, value);
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
  return found;
}
