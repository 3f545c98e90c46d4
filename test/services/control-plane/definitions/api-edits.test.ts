// Edits of one api on several nodes at once: names stay unique, limits hold, conflicts are retried and at last told.
import { expect, test } from 'vitest';
import { ConflictError } from '#shared/exchange/errors.ts';
import { MAX_VALUE_BYTES } from '#shared/store/writes.ts';
import { ControlDesk, given, committing } from '../../../support/control-desk.ts';

const outcomes = async (calls: readonly Promise<unknown>[]) => {
  const results = await Promise.allSettled(calls);
  return results.map((result) =>
    result.status === 'fulfilled' ? 'made' : (result.reason as Error).message,
  );
};

test('two nodes make a route key once', async () => {
  const first = new ControlDesk();
  const second = new ControlDesk({ beside: first });
  const apiId = await first.api();
  const create = (desk: ControlDesk) => desk.call('CreateRoute', { ApiId: apiId, RouteKey: 'a' });
  const ended = await outcomes([first, second, first, second].map(create));
  expect(ended.filter((end) => end === 'made')).toHaveLength(1);
  expect(new Set(ended)).toEqual(new Set(['made', 'Route with key a already exists for this API']));
});

test('two nodes keep a limit', async () => {
  const limits = { routesPerApi: 3 };
  const first = new ControlDesk({ limits });
  const second = new ControlDesk({ limits, beside: first });
  const apiId = await first.api();
  const desks = [first, second, first, second, first, second];
  const ended = await outcomes(
    desks.map((desk, at) => desk.call('CreateRoute', { ApiId: apiId, RouteKey: `r${at}` })),
  );
  expect(ended.filter((end) => end === 'made')).toHaveLength(3);
});

test('a route and the deletion of its integration on two nodes: one of them is refused', async () => {
  const first = new ControlDesk();
  const second = new ControlDesk({ beside: first });
  const apiId = await first.api();
  const { IntegrationId } = await first.call('CreateIntegration', {
    ApiId: apiId,
    IntegrationType: 'MOCK',
  });
  const integration = { ApiId: apiId, IntegrationId: given(IntegrationId) };
  const Target = `integrations/${given(IntegrationId)}`;
  const ended = await outcomes([
    first.call('CreateRoute', { ApiId: apiId, RouteKey: 'a', Target }),
    second.call('DeleteIntegration', integration),
  ]);
  expect(ended.filter((end) => end === 'made')).toHaveLength(1);
});

test('what other nodes keep winning is told as AWS does', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  let commits = 0;
  const beaten = new ControlDesk({
    beside: desk,
    wrap: committing(async () => {
      commits += 1;
      throw new ConflictError('somebody was faster');
    }),
  });
  await expect(beaten.call('CreateRoute', { ApiId: apiId, RouteKey: 'a' })).rejects.toMatchObject({
    type: 'ConflictException',
    message: 'Unable to complete operation due to concurrent modification. Please try again later.',
  });
  expect(commits).toBeGreaterThan(3);
});

test('a resource that no store could keep is refused, not failed', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const names = Array.from({ length: 12 }, (_, at) => [`t${at}`, 'x'.repeat(32_000)] as const);
  const call = desk.call('CreateIntegration', {
    ApiId: apiId,
    IntegrationType: 'MOCK',
    RequestTemplates: Object.fromEntries(names),
  });
  await expect(call).rejects.toMatchObject({
    status: 400,
    message: `A resource with all its members may have at most ${MAX_VALUE_BYTES} bytes`,
  });
});
