// Resources that a serverless resource stands for.
import type { JsonObject } from './json.ts';
import type { ResourceDeclaration } from './sections.ts';

/** A resource under the condition and at the place of `declared`, with an id, a type and properties of its own. */
export function generated(
  declared: ResourceDeclaration,
  logicalId: string,
  [type, properties]: readonly [string, JsonObject],
): ResourceDeclaration {
  return { ...declared, logicalId, type, properties, dependsOn: [] };
}
