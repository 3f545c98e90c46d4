// Telling the data plane what is committed: stages, custom domains and usage plans, to every node by the bus and to this one directly.
import type { StageChanged } from '#shared/model/snapshot.ts';
import { DOMAIN_CHANGED, type DomainChanged } from '#shared/stage/domains.ts';
import { STAGE_CHANGED } from '#shared/stage/source.ts';
import { USAGE_CHANGED, type UsageChanged } from '#shared/stage/usage/changes.ts';
import type { ControlDeps } from './deps.ts';

/**
 * Tells every node that a stage has changed or gone, and waits until this one serves it. The records are committed
 * already: a bus that is away cannot undo that, so it is logged (this node takes the change in nevertheless), and the
 * others read their stages again when they reach the bus.
 */
export async function announceStage(deps: ControlDeps, message: StageChanged): Promise<void> {
  await publish(deps, STAGE_CHANGED, message);
  await logged(deps, message, deps.applied?.(message));
}

/** As `announceStage`, for a custom domain or one of its mappings. */
export async function announceDomain(deps: ControlDeps, message: DomainChanged): Promise<void> {
  await publish(deps, DOMAIN_CHANGED, message);
  await logged(deps, message, deps.domainApplied?.(message));
}

/** As `announceStage`, for an API key, a usage plan, a key of a plan, or what has been used. */
export async function announceUsage(deps: ControlDeps, message: UsageChanged): Promise<void> {
  await publish(deps, USAGE_CHANGED, message);
  await logged(deps, message, deps.usageApplied?.(message));
}

function publish(deps: ControlDeps, topic: string, message: object): Promise<void> {
  return logged(deps, message, deps.bus.publish(topic, Buffer.from(JSON.stringify(message))));
}

async function logged(
  { logger }: ControlDeps,
  message: object,
  done: Promise<void> | undefined,
): Promise<void> {
  try {
    await done;
  } catch (error) {
    logger.warn('a change is committed but not known everywhere', { ...message, error });
  }
}
