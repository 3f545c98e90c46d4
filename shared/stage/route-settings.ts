// The settings of one route on one stage: its own, else the stage's default ones.
import type { RouteSettings, StageRecord } from '#shared/model/records.ts';

/** What holds for `routeKey`; members that nobody has set are absent. */
export function routeSettings(stage: StageRecord, routeKey: string): RouteSettings {
  const own = Object.hasOwn(stage.RouteSettings, routeKey) ? stage.RouteSettings[routeKey] : {};
  return { ...stage.DefaultRouteSettings, ...own };
}
