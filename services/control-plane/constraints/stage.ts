// Rules of a stage that look at several members: protocol, automatic deployment, settings of routes.
import type { ApiRecord, RouteRecord, RouteSettings, StageRecord } from '#shared/model/records.ts';
import { badRequest, notFound } from '../faults.ts';
import { refuseForeign } from './protocol.ts';

/** 400: a stage that deploys itself takes no deployment from outside (text: go-to-k/cdk-real-drift#667). */
export const autoDeployed = () =>
  badRequest('Deployment ID cannot be set on this stage because AutoDeploy is enabled.');

/** Members of route settings that only WebSocket APIs have. */
const WEBSOCKET_SETTINGS = ['DataTraceEnabled', 'LoggingLevel'] as const;

/** What AWS answers for a stage that was made without settings for all routes. */
export const DEFAULT_SETTINGS: Readonly<Record<ApiRecord['ProtocolType'], RouteSettings>> = {
  WEBSOCKET: { DataTraceEnabled: false, DetailedMetricsEnabled: false, LoggingLevel: 'OFF' },
  HTTP: { DetailedMetricsEnabled: false },
};

/** Refuses with 400 (404 for settings of a route that is not there) a stage that its api cannot have. */
export function checkStage(
  api: ApiRecord,
  stage: StageRecord,
  { input, routes }: { readonly input: object; readonly routes: readonly RouteRecord[] },
): void {
  refuseForeign('Stage', api.ProtocolType, input);
  if (api.ProtocolType === 'WEBSOCKET' && stage.StageName === '$default') {
    throw badRequest('A $default stage cannot be used with WEBSOCKET protocol Apis');
  }
  checkSettings(api, [stage.DefaultRouteSettings, ...Object.values(stage.RouteSettings)]);
  checkRouteKeys(input, routes);
}

function checkSettings(api: ApiRecord, all: readonly RouteSettings[]): void {
  if (api.ProtocolType === 'WEBSOCKET') return;
  const foreign = WEBSOCKET_SETTINGS.find((name) =>
    all.some((settings) => settings[name] !== undefined),
  );
  if (foreign !== undefined) throw badRequest(`${foreign} cannot be set for HTTP protocol Apis`);
}

function checkRouteKeys(input: object, routes: readonly RouteRecord[]): void {
  const { RouteSettings = {} } = input as Pick<Partial<StageRecord>, 'RouteSettings'>;
  const keys = new Set(routes.map(({ RouteKey }) => RouteKey));
  const missing = Object.keys(RouteSettings).find((key) => !keys.has(key));
  if (missing !== undefined) {
    throw notFound(
      'Route',
      `Unable to find Route by key ${missing} within the provided RouteSettings`,
    );
  }
}
