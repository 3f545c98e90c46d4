// Complete sets of handlers in which only the given ones do something.
import type { V1Handlers, V2Handlers } from '#services/control-plane/model.ts';
import { loadV1Sdk, loadV2Sdk } from '#services/control-plane/model.ts';
import { V1_NOT_IMPLEMENTED, V2_NOT_IMPLEMENTED } from '#services/control-plane/not-implemented.ts';
import { readModel } from '#shared/aws-api/operations.ts';

/** The given handlers; all others throw. */
export async function v2HandlersWith(given: Partial<V2Handlers>): Promise<V2Handlers> {
  const missing: readonly string[] = V2_NOT_IMPLEMENTED;
  const names = [...readModel(await loadV2Sdk()).operations.keys()];
  const rest = names
    .filter((name) => !missing.includes(name))
    .map((name) => [name, () => Promise.reject(new Error(`no handler for ${name} here`))]);
  return { ...(Object.fromEntries(rest) as unknown as V2Handlers), ...given };
}

/** The same of v1. */
export async function v1HandlersWith(given: Partial<V1Handlers>): Promise<V1Handlers> {
  const missing: readonly string[] = V1_NOT_IMPLEMENTED;
  const names = [...readModel(await loadV1Sdk()).operations.keys()];
  const rest = names
    .filter((name) => !missing.includes(name))
    .map((name) => [name, () => Promise.reject(new Error(`no handler for ${name} here`))]);
  return { ...(Object.fromEntries(rest) as unknown as V1Handlers), ...given };
}
