// Who listens to the exchanges of a route, as the stage's live settings want it.
import type { Limits } from '#shared/model/limits.ts';
import type { AccessLine, ExchangeObserver } from '#shared/model/observation.ts';
import type { StageRecord } from '#shared/model/records.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { Traffic } from '#shared/runtime/traffic.ts';
import { routeSettings } from '../route-settings.ts';
import { AccessLogObserver } from './access-log.ts';
import { ExecutionLogObserver } from './execution-log.ts';
import { MetricsObserver } from './metrics.ts';

/** Where a stage's figures and lines go; absent ones go nowhere. */
export interface ObservationDeps {
  readonly traffic?: Traffic;
  readonly accessLog?: (line: AccessLine) => void;
  readonly executionLog?: Logger;
  readonly limits: Pick<Limits, 'logEventBytes'>;
}

/** The observer of `routeKey`, or without one of exchanges that have no route; `undefined` when nobody listens. */
export function observerOf(
  base: Stage,
  settings: StageRecord,
  { deps, routeKey }: { readonly deps: ObservationDeps; readonly routeKey?: string },
): ExchangeObserver | undefined {
  const { traffic, accessLog, executionLog, limits } = deps;
  const own =
    routeKey === undefined ? settings.DefaultRouteSettings : routeSettings(settings, routeKey);
  const observers: ExchangeObserver[] = [];
  if (traffic !== undefined) {
    const detailed = own.DetailedMetricsEnabled === true ? routeKey : undefined;
    observers.push(new MetricsObserver(traffic.counts(base.apiId, base.name, detailed)));
  }
  const { Format: format, DestinationArn: destinationArn = '' } = settings.AccessLogSettings ?? {};
  if (accessLog !== undefined && format !== undefined) {
    observers.push(new AccessLogObserver({ format, destinationArn }, accessLog));
  }
  const { LoggingLevel: level, DataTraceEnabled: dataTrace = false } = own;
  if (executionLog !== undefined && (level === 'INFO' || level === 'ERROR')) {
    observers.push(
      new ExecutionLogObserver({ level, dataTrace, longest: limits.logEventBytes }, executionLog),
    );
  }
  return joined(observers);
}

function joined(observers: readonly ExchangeObserver[]): ExchangeObserver | undefined {
  if (observers.length <= 1) return observers[0];
  return {
    thorough: observers.some(({ thorough }) => thorough),
    ended: (exchange, end) => {
      for (const observer of observers) observer.ended(exchange, end);
    },
    pushed: () => {
      for (const observer of observers) observer.pushed?.();
    },
  };
}
