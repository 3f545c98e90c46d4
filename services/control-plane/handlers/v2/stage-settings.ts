// Parts of a stage that have an operation of their own for removal (AWS: …/accesslogsettings, …/routesettings/{routeKey}).
import { announceStage } from '../../announcements.ts';
import type { V2Operation, V2Operations } from '../../operation.ts';
import { without } from '../../definitions/patch.ts';
import { notFound } from '../../faults.ts';
import { editStage } from './stages.ts';

const deleteAccessLogSettings: V2Operation<'DeleteAccessLogSettings'> = async (
  plane,
  input,
  context,
) => {
  const { ApiId: apiId, StageName: stageName } = input;
  await editStage(plane, context, {
    apiId,
    stageName,
    input: {},
    change: (stage) => without(stage, 'AccessLogSettings'),
  });
  await announceStage(plane.deps, { apiId, stageName });
};

const deleteRouteSettings: V2Operation<'DeleteRouteSettings'> = async (plane, input, context) => {
  const { ApiId: apiId, StageName: stageName, RouteKey: routeKey } = input;
  await editStage(plane, context, {
    apiId,
    stageName,
    input: {},
    change: (stage) => {
      if (!Object.hasOwn(stage.RouteSettings, routeKey)) {
        throw notFound(
          'RouteSettings',
          `Unable to find RouteSettings by key ${routeKey} within the stage`,
        );
      }
      return { ...stage, RouteSettings: without(stage.RouteSettings, routeKey) };
    },
  });
  await announceStage(plane.deps, { apiId, stageName });
};

/** Operations of this file. */
export const STAGE_SETTING_OPERATIONS = {
  DeleteAccessLogSettings: deleteAccessLogSettings,
  DeleteRouteSettings: deleteRouteSettings,
} satisfies Partial<V2Operations>;
