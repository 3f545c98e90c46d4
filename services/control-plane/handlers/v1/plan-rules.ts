// What a usage plan may be, and the paths by which it is changed (AWS: apigateway patch-operations, "UsagePlan").
import type {
  QuotaPeriod,
  UsagePlanRecord,
  UsageQuota,
  UsageStage,
  UsageThrottle,
} from '#shared/model/usage.ts';
import { without, withoutEmpty } from '../../definitions/patch.ts';
import type { PatchRule } from '../../definitions/patch-operations.ts';
import { badRequest, missing } from '../../faults.ts';
import { stageOf, stageText } from './plan-stages.ts';

const PERIODS: readonly QuotaPeriod[] = ['DAY', 'WEEK', 'MONTH'];
const MOST = 2_147_483_647;

/** A quota of its members; 400 for one that is not whole or out of range. */
export function checkQuota(members: {
  readonly limit?: number;
  readonly offset?: number;
  readonly period?: string;
}): UsageQuota {
  const { limit, offset = 0 } = members;
  const period = PERIODS.find((name) => name === members.period);
  if (period === undefined) {
    throw badRequest(`Invalid quota period specified. Must be one of [${PERIODS.join(', ')}]`);
  }
  if (limit === undefined || !isCount(limit)) throw badRequest('Invalid quota limit specified');
  if (!isCount(offset)) throw badRequest('Invalid quota offset specified');
  return { limit, offset, period };
}

/** 400 for a plan that cannot be. */
export function checkPlan({ name, throttle, quota, apiStages }: UsagePlanRecord): void {
  if (name === '') throw badRequest('Usage Plan name cannot be blank');
  if (quota !== undefined) checkQuota(quota);
  for (const one of [
    throttle,
    ...apiStages.flatMap((stage) => Object.values(stage.throttle ?? {})),
  ])
    checkThrottle(one ?? {});
  const stages = apiStages.map(stageText);
  if (new Set(stages).size < stages.length) throw badRequest('Invalid API Stage specified');
}

function checkThrottle({ burstLimit = 0, rateLimit = 0 }: UsageThrottle): void {
  if (!isCount(burstLimit)) throw badRequest('Invalid throttle burst limit specified');
  if (!(rateLimit >= 0)) throw badRequest('Invalid throttle rate limit specified');
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST;
}

type Change = NonNullable<PatchRule<UsagePlanRecord>['ops']['replace']>;

const setText =
  (member: 'name' | 'description' | 'productCode'): Change =>
  (record, { value }) => {
    if (member === 'name' && value === '') throw badRequest('Usage Plan name cannot be blank');
    return withoutEmpty({ ...record, [member]: value });
  };

const addStage: Change = (record, { value }) => ({
  ...record,
  apiStages: [...record.apiStages, stageOf(value)],
});

const removeStage: Change = (record, { value }) => {
  const gone = stageText(stageOf(value));
  const rest = record.apiStages.filter((stage) => stageText(stage) !== gone);
  if (rest.length === record.apiStages.length) throw unknownStage(value, record);
  return { ...record, apiStages: rest };
};

const setThrottle =
  (member: keyof UsageThrottle): Change =>
  (record, { value }) => ({
    ...record,
    throttle: { ...record.throttle, [member]: numberOf(value, member) },
  });

const setQuota: Change = (record, { at: [member = ''], value }) => {
  const changed = member === 'period' ? value : numberOf(value, member);
  return {
    ...record,
    quota: { limit: 0, offset: 0, period: '', ...record.quota, [member]: changed },
  } as UsagePlanRecord;
};

/** `change` of the stage that the path names, and of its throttles. */
function onStage(
  change: (
    throttles: Readonly<Record<string, UsageThrottle>>,
    route: string,
    value: string,
  ) => Readonly<Record<string, UsageThrottle>>,
): Change {
  return (record, { at: [id = '', route = ''], value }) => {
    const name = stageText(stageOf(id));
    if (!record.apiStages.some((stage) => stageText(stage) === name))
      throw unknownStage(id, record);
    const apiStages = record.apiStages.map((stage) =>
      stageText(stage) === name
        ? throttled(stage, change(stage.throttle ?? {}, route, value))
        : stage,
    );
    return { ...record, apiStages };
  };
}

function throttled(
  { apiId, stage }: UsageStage,
  throttle: Readonly<Record<string, UsageThrottle>>,
): UsageStage {
  return { apiId, stage, ...(Object.keys(throttle).length > 0 && { throttle }) };
}

function unknownStage(text: string, { id }: UsagePlanRecord): Error {
  const { apiId, stage } = stageOf(text);
  return missing(
    `Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${id}`,
  );
}

const setRoute = (member: keyof UsageThrottle): Change =>
  onStage((throttles, route, value) => ({
    ...throttles,
    [route]: { ...throttles[route], [member]: numberOf(value, member) },
  }));

/** The value is a map of throttles as JSON text. */
const setRoutes: Change = onStage((_throttles, _route, value) => routesOf(value));

function routesOf(text: string): Readonly<Record<string, UsageThrottle>> {
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    map = undefined; // told below
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw badMap();
  return Object.fromEntries(Object.entries(map).map(([route, one]) => [route, throttleOf(one)]));
}

const badMap = () => badRequest('Invalid throttle map specified');

function throttleOf(value: unknown): UsageThrottle {
  if (typeof value !== 'object' || value === null) throw badMap();
  const { burstLimit, rateLimit } = value as Readonly<Record<string, unknown>>;
  return {
    ...(burstLimit !== undefined && {
      burstLimit: numberOf(JSON.stringify(burstLimit), 'burstLimit'),
    }),
    ...(rateLimit !== undefined && { rateLimit: numberOf(JSON.stringify(rateLimit), 'rateLimit') }),
  };
}

function numberOf(text: string, member: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw badRequest(`Invalid value for ${member}: ${text}`);
}

const STAGE_PATH = '/apiStages/*/throttle';
const SHOWN_STAGE = '/apiStages/<apidId:stageName>/throttle';
const SHOWN_ROUTE = `${SHOWN_STAGE}/<resourcePath>/<httpMethod>`;

/** In the order of AWS's texts. The map of a stage's throttles goes by `/path/VERB` or, for WebSocket APIs, route key. */
export const PLAN_RULES: readonly PatchRule<UsagePlanRecord>[] = [
  { path: '/name', ops: { replace: setText('name') } },
  { path: '/description', ops: { replace: setText('description') } },
  { path: '/apiStages', ops: { add: addStage, remove: removeStage } },
  { path: '/quota', ops: { remove: (record) => without(record, 'quota') } },
  {
    path: '/throttle',
    ops: { remove: (record) => without(record, 'throttle') },
  },
  {
    path: '/productCode',
    ops: {
      add: setText('productCode'),
      replace: setText('productCode'),
      remove: (record) => without(record, 'productCode'),
    },
  },
  ...both('/throttle/burstLimit', setThrottle('burstLimit')),
  ...both('/throttle/rateLimit', setThrottle('rateLimit')),
  ...['limit', 'offset', 'period'].flatMap((member) =>
    both(`/quota/${member}`, (record, { value }) => setQuota(record, { at: [member], value })),
  ),
  ...both(`${STAGE_PATH}/**/burstLimit`, setRoute('burstLimit'), `${SHOWN_ROUTE}/burstLimit`),
  ...both(`${STAGE_PATH}/**/rateLimit`, setRoute('rateLimit'), `${SHOWN_ROUTE}/rateLimit`),
  {
    path: `${STAGE_PATH}/**`,
    shown: SHOWN_ROUTE,
    ops: { remove: onStage((throttles, route) => without(throttles, route)) },
  },
  {
    path: STAGE_PATH,
    shown: SHOWN_STAGE,
    ops: { add: setRoutes, replace: setRoutes, remove: onStage(() => ({})) },
  },
];

function both(path: string, change: Change, shown = path): PatchRule<UsagePlanRecord>[] {
  return [{ path, shown, ops: { add: change, replace: change } }];
}
