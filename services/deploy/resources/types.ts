// The table of resource types that a template may use.
import { API } from './api.ts';
import { API_KEY, USAGE_PLAN_KEY } from './api-key.ts';
import { CERTIFICATE } from './certificate.ts';
import { CLIENT_CERTIFICATE } from './client-certificate.ts';
import { DEFINITION_TYPES } from './definitions.ts';
import { API_MAPPING, DOMAIN_NAME } from './domain.ts';
import { FUNCTION, PERMISSION } from './function.ts';
import type { ResourceType } from './resource-type.ts';
import { DEPLOYMENT, STAGE } from './stage.ts';
import { TABLE } from './table.ts';
import { USAGE_PLAN } from './usage-plan.ts';
import { typeWithoutEffect } from './without-effect.ts';

/** In the order in which resources that left a template are removed: what refers to others goes first. */
const TYPES: readonly ResourceType[] = [
  USAGE_PLAN_KEY,
  USAGE_PLAN,
  API_KEY,
  API_MAPPING,
  DOMAIN_NAME,
  CERTIFICATE,
  STAGE,
  ...DEFINITION_TYPES,
  DEPLOYMENT,
  API,
  CLIENT_CERTIFICATE,
  PERMISSION,
  FUNCTION,
  TABLE,
];

const BY_NAME = new Map(TYPES.map((type) => [type.type, type]));

/** The resource type `name`, or `undefined` when templates may not use it. */
export function resourceType(name: string): ResourceType | undefined {
  return BY_NAME.get(name) ?? typeWithoutEffect(name);
}

/** Names of the types of which something is made. */
export const TYPES_WITH_EFFECT: readonly string[] = TYPES.map(({ type }) => type);

/** Place of a type in the order of removal. */
export function removalRank(name: string): number {
  const rank = TYPES.findIndex(({ type }) => type === name);
  return rank < 0 ? TYPES.length : rank;
}
