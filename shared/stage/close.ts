// Releases what a compiled stage holds open once another has taken its place.
import type { Integration } from '#shared/model/integration.ts';
import type { Stage } from '#shared/model/stage.ts';

const owned = new WeakMap<Stage, readonly Integration[]>();

/** Notes the integrations made for `stage`. */
export function ownIntegrations(stage: Stage, integrations: readonly Integration[]): void {
  owned.set(stage, integrations);
}

/**
 * Releases the pools of a replaced stage after its calls in flight. A call that comes later (a handshake that began
 * on it) still works. Rejects with an `AggregateError` when pools would not close.
 */
export async function closeStage(stage: Stage): Promise<void> {
  const results = await Promise.allSettled(
    (owned.get(stage) ?? []).map(async (integration) => integration.close?.()),
  );
  owned.delete(stage);
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (errors.length > 0) throw new AggregateError(errors, `stage ${stage.apiId}/${stage.name}`);
}
