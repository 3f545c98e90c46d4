// VPC links: an integration's URI says what is asked for, the link where the connection goes.
import { fillStageVariables } from '#shared/mapping/stage-variables.ts';
import type { IntegrationDeps } from './deps.ts';
import type { HttpTarget } from './http-target.ts';

/**
 * `target` through the link that `connectionId` names, perhaps with stage variables: connections go to the link's
 * origin, the URI gives path and Host (AWS guide: set-up-private-integration). The reason as text when there is none.
 */
export function throughLink(
  target: HttpTarget,
  connectionId: string,
  { stage, vpcLinks, logger }: IntegrationDeps,
): HttpTarget | string {
  const filled = fillStageVariables(connectionId, stage.variables);
  if (filled.text === undefined) return `stage variable ${filled.missing} is not set`;
  const id = filled.text;
  const origin = Object.hasOwn(vpcLinks, id) ? vpcLinks[id] : undefined;
  if (origin === undefined) {
    const reason = `the VPC link ${id} has no address in the setting vpcLinks`;
    logger.warn(reason, { apiId: stage.apiId, stage: stage.name });
    return reason;
  }
  return { ...target, origin, host: new URL(target.origin).host };
}
