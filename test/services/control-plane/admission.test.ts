// Rates of the control plane: lifted unless they are set, AWS's numbers at their limit and over it.
import { expect, test } from 'vitest';
import { admitted } from '#services/control-plane/admission.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { AWS_LIMITS, type Limits } from '#shared/model/limits.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';

const CONTEXT: ControlContext = {
  region: 'us-east-1',
  accountId: '000000000000',
  principal: { name: 'a', accessKeyId: 'AKID' },
  requestId: 'r',
};
/** What AWS publishes. */
const AS_AWS: Partial<Limits> = {
  controlRequestsPerSecond: 10,
  controlRequestBurst: 40,
  deploymentsPerSecond: 0.2,
  domainNamesPerSecond: 1 / 30,
};

type Name = 'GetApis' | 'CreateDeployment' | 'CreateDomainName';

function desk(limits: Partial<Limits>) {
  const clock = new TestClock(0);
  const answer = () => Promise.resolve('done');
  const handlers = admitted(
    { GetApis: answer, CreateDeployment: answer, CreateDomainName: answer },
    { limiter: new MemoryRateLimiter(clock), limits: { ...AWS_LIMITS, ...limits } },
  );
  const call = (name: Name, context = CONTEXT): Promise<unknown> =>
    (handlers[name] as (input: never, context: ControlContext) => Promise<unknown>)(
      {} as never,
      context,
    ).catch((error: unknown) => error);
  return { clock, call };
}

const REFUSED = { type: 'TooManyRequestsException', status: 429, message: 'Too Many Requests' };

test('40 calls at once, then 10 a second, of each account and region apart', async () => {
  const { clock, call } = desk(AS_AWS);
  for (let n = 0; n < 40; n++) expect(await call('GetApis')).toBe('done');
  expect(await call('GetApis')).toMatchObject(REFUSED);
  expect(await call('GetApis', { ...CONTEXT, region: 'eu-west-1' })).toBe('done');
  clock.advance(100);
  expect(await call('GetApis')).toBe('done');
  expect(await call('GetApis')).toMatchObject(REFUSED);
});

test.each<[Name, number]>([
  ['CreateDeployment', 5000],
  ['CreateDomainName', 30_000],
])('one %s in %i ms', async (name, ms) => {
  const { clock, call } = desk(AS_AWS);
  expect(await call(name)).toBe('done');
  expect(await call(name)).toMatchObject(REFUSED);
  clock.advance(ms - 100);
  expect(await call(name)).toMatchObject(REFUSED);
  clock.advance(100);
  expect(await call(name)).toBe('done');
  expect(await call('GetApis')).toBe('done');
});

test('profile aws does not make who deploys wait', async () => {
  const { call } = desk({});
  for (let n = 0; n < 100; n++) {
    expect(await call('CreateDeployment')).toBe('done');
    expect(await call('CreateDomainName')).toBe('done');
  }
});
