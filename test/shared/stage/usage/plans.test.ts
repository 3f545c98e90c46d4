// Keys and plans in memory: who may come in, at which rate, and changes that are announced.
import { beforeEach, expect, test } from 'vitest';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { GatewayError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { ApiKeyRecord, UsageDay, UsagePlanRecord } from '#shared/model/usage.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { USAGE_CHANGED, type UsageChanged } from '#shared/stage/usage/changes.ts';
import { UsageLedger } from '#shared/stage/usage/ledger.ts';
import { UsagePlans } from '#shared/stage/usage/plans.ts';
import { apiKeyRecordKey, planKeyKey, usageDayKey, usagePlanKey } from '#shared/store/keys.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { fakeStage } from '../../../support/fake-stage.ts';
import { MemoryResourceStore } from '../../../support/memory-store.ts';

const VALUE = 'a-value-of-twenty-characters';
const REGION = fakeStage({}).region;
const STAGE: Stage = fakeStage({});

let store: MemoryResourceStore;
let bus: MemoryBus;
let clock: TestClock;
let ledger: UsageLedger;
let plans: UsagePlans;
const logs: LogLine[] = [];

async function putKey(more: Partial<ApiKeyRecord> = {}, region = REGION): Promise<void> {
  const record: ApiKeyRecord = {
    ...{ id: 'key1', value: VALUE, enabled: true, createdDate: 0, lastUpdatedDate: 0 },
    ...{ stageKeys: [], tags: {} },
    ...more,
  };
  await store.commit([{ op: 'put', key: apiKeyRecordKey(region, record.id), value: record }]);
}

async function putPlan(more: Partial<UsagePlanRecord> = {}): Promise<void> {
  const { apiId, name: stage } = STAGE;
  const record: UsagePlanRecord = {
    ...{ id: 'plan1', name: 'p', apiStages: [{ apiId, stage }], tags: {}, createdDate: 0 },
    ...more,
  };
  await store.commit([{ op: 'put', key: usagePlanKey(REGION, record.id), value: record }]);
}

async function link(planId = 'plan1', keyId = 'key1'): Promise<void> {
  const value = { region: REGION, planId, keyId };
  await store.commit([{ op: 'put', key: planKeyKey(REGION, planId, keyId), value }]);
}

async function announced(change: Omit<UsageChanged, 'region'>): Promise<void> {
  const message = { ...change, region: REGION };
  await bus.publish(USAGE_CHANGED, Buffer.from(JSON.stringify(message)));
  await plans.refresh({ kind: 'usage', region: REGION, id: 'x#y' });
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

/** Id of the key that is let in, or the type of the failure. */
async function verdict(value: string | null = VALUE, stage = STAGE): Promise<string> {
  try {
    const identity = await plans.admit(stage, '$connect', value ?? undefined);
    expect(identity.apiKey).toBe(value);
    return identity.apiKeyId;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.detail).not.toContain(VALUE);
    return error.type;
  }
}

beforeEach(async () => {
  logs.length = 0;
  store = new MemoryResourceStore();
  bus = new MemoryBus(new MemoryHub(), new Logger(() => undefined, 'bus', 'error'));
  clock = new TestClock(Date.UTC(2026, 10, 24, 12));
  const logger = new Logger((line) => logs.push(line), 'usage', 'debug');
  const parts = { store, clock, logger };
  ledger = new UsageLedger(parts);
  plans = new UsagePlans({ ...parts, bus, limiter: new MemoryRateLimiter(clock), ledger });
  await putKey();
  await putKey({ id: 'off', value: `${VALUE}-off`, enabled: false });
  await putKey({ id: 'alone', value: `${VALUE}-alone` });
  await putKey({ id: 'far', value: `${VALUE}-far` }, 'ap-south-1');
  await putPlan();
  await link();
  await link('plan1', 'off');
  await plans.start();
});

test.each([
  ['a key of a plan for the stage', VALUE, 'key1'],
  ['no key', null, 'INVALID_API_KEY'],
  ['an empty key', '', 'INVALID_API_KEY'],
  ['an unknown key', 'unknown', 'INVALID_API_KEY'],
  ['a disabled key', `${VALUE}-off`, 'INVALID_API_KEY'],
  ['a key without a plan', `${VALUE}-alone`, 'INVALID_API_KEY'],
  ['a key of another region', `${VALUE}-far`, 'INVALID_API_KEY'],
])('%s', async (_, value, wanted) => {
  expect(await verdict(value)).toBe(wanted);
  expect(JSON.stringify(logs)).not.toContain(VALUE);
});

test('a plan is good for its stages only', async () => {
  expect(await verdict(VALUE, { ...STAGE, name: 'other' })).toBe('INVALID_API_KEY');
  expect(await verdict(VALUE, { ...STAGE, apiId: 'other' })).toBe('INVALID_API_KEY');
  expect(await verdict(VALUE, { ...STAGE, region: 'ap-south-1' })).toBe('INVALID_API_KEY');
});

test('the rate of a plan is for each key over all of its stages', async () => {
  const { apiId, name: stage } = STAGE;
  const apiStages = [
    { apiId, stage },
    { apiId, stage: 'two' },
  ];
  await putPlan({ apiStages, throttle: { rateLimit: 1, burstLimit: 2 } });
  await link('plan1', 'alone');
  await plans.load();
  expect(await verdict()).toBe('key1');
  expect(await verdict(VALUE, { ...STAGE, name: 'two' })).toBe('key1');
  expect(await verdict()).toBe('THROTTLED');
  expect(await verdict(`${VALUE}-alone`)).toBe('alone');
  clock.advance(1000);
  expect(await verdict()).toBe('key1');
  await plans.stop();
});

test('a route has a rate of its own, for its stage', async () => {
  const { apiId, name: stage } = STAGE;
  const throttle = { $connect: { rateLimit: 1, burstLimit: 1 } };
  await putPlan({
    apiStages: [
      { apiId, stage, throttle },
      { apiId, stage: 'two' },
    ],
  });
  await plans.load();
  expect(await verdict()).toBe('key1');
  expect(await verdict()).toBe('THROTTLED');
  expect(await verdict(VALUE, { ...STAGE, name: 'two' })).toBe('key1');
  expect((await plans.admit(STAGE, 'other', VALUE)).apiKeyId).toBe('key1');
});

test('a rate of 0 lets nobody in; half a throttle limits what it says', async () => {
  await putPlan({ throttle: { rateLimit: 0, burstLimit: 0 } });
  await plans.load();
  expect(await verdict()).toBe('THROTTLED');
  await putPlan({ throttle: { burstLimit: 1 } });
  await plans.load();
  expect([await verdict(), await verdict()]).toEqual(['key1', 'THROTTLED']);
});

test('a quota; what a rate refuses does not count against it', async () => {
  const quota = { limit: 2, offset: 0, period: 'DAY' } as const;
  await putPlan({ quota, throttle: { rateLimit: 1, burstLimit: 1 } });
  await plans.load();
  expect([await verdict(), await verdict()]).toEqual(['key1', 'THROTTLED']);
  clock.advance(1000);
  expect(await verdict()).toBe('key1');
  clock.advance(1000);
  expect(await verdict()).toBe('QUOTA_EXCEEDED');
  clock.advance(12 * 3_600_000);
  expect(await verdict()).toBe('key1');
});

test('a count that cannot be read lets clients in and is told', async () => {
  await putPlan({ quota: { limit: 1, offset: 0, period: 'DAY' } });
  await plans.load();
  store.list = () => Promise.reject(new StoreUnavailableError('away'));
  expect(await verdict()).toBe('key1');
  expect(logs).toMatchObject([{ message: 'Usage Plan check failed due to an internal error' }]);
});

test('changes are followed', async () => {
  await putKey({ enabled: false });
  await announced({ kind: 'key', id: 'key1' });
  expect(await verdict()).toBe('INVALID_API_KEY');
  await putKey({ value: 'another' });
  await announced({ kind: 'key', id: 'key1' });
  expect([await verdict(), await verdict('another')]).toEqual(['INVALID_API_KEY', 'key1']);
  await store.commit([{ op: 'delete', key: planKeyKey(REGION, 'plan1', 'key1') }]);
  await announced({ kind: 'link', id: 'plan1#key1' });
  expect(await verdict('another')).toBe('INVALID_API_KEY');
  await link();
  await announced({ kind: 'link', id: 'plan1#key1' });
  expect(await verdict('another')).toBe('key1');
  await putPlan({ throttle: { rateLimit: 0 } });
  await announced({ kind: 'plan', id: 'plan1' });
  expect(await verdict('another')).toBe('THROTTLED');
  await store.commit([{ op: 'delete', key: usagePlanKey(REGION, 'plan1') }]);
  await announced({ kind: 'plan', id: 'plan1' });
  expect(await verdict('another')).toBe('INVALID_API_KEY');
  await putPlan({ id: 'plan2' });
  await announced({ kind: 'plan', id: 'plan2' });
  await link('plan2');
  await announced({ kind: 'link', id: 'plan2#key1' });
  expect(await verdict('another')).toBe('key1');
  await store.commit([{ op: 'delete', key: apiKeyRecordKey(REGION, 'key1') }]);
  await announced({ kind: 'key', id: 'key1' });
  expect(await verdict('another')).toBe('INVALID_API_KEY');
});

test('a link that is announced before its plan counts', async () => {
  await store.commit([{ op: 'delete', key: usagePlanKey(REGION, 'plan1') }]);
  await announced({ kind: 'plan', id: 'plan1' });
  await putPlan({ id: 'plan2' });
  await link('plan2');
  await announced({ kind: 'link', id: 'plan2#key1' });
  expect(await verdict()).toBe('INVALID_API_KEY');
  await announced({ kind: 'plan', id: 'plan2' });
  expect(await verdict()).toBe('key1');
});

test('a usage that was changed outside is read again', async () => {
  await putPlan({ quota: { limit: 1, offset: 0, period: 'MONTH' } });
  await plans.load();
  expect([await verdict(), await verdict()]).toEqual(['key1', 'QUOTA_EXCEEDED']);
  await ledger.flush();
  const key = usageDayKey({ region: REGION, planId: 'plan1', keyId: 'key1' }, '2026-11-24');
  const value = { ...(await store.get<UsageDay>(key))?.value, granted: 1 };
  await store.commit([{ op: 'put', key, value }]);
  await plans.refresh({ kind: 'usage', region: REGION, id: 'plan1#key1' });
  expect(await verdict()).toBe('key1');
});
