// Freezing an api: every kind of definition and nothing else, as bytes that depend on the definitions only.
import { expect, test } from 'vitest';
import { collectSnapshot, decodeSnapshot, encodeSnapshot } from '#shared/stage/snapshot.ts';
import { partKey, type ApiPart } from '#shared/store/keys.ts';
import { MemoryResourceStore } from '../../support/memory-store.ts';
import { testSnapshot } from '../../support/snapshot.ts';

const { api } = testSnapshot();

async function stored(parts: readonly (readonly [ApiPart, ...string[]])[]) {
  const store = new MemoryResourceStore();
  for (const [part, ...ids] of parts) {
    const key = partKey(api.ApiId, part, ...ids);
    await store.commit([{ op: 'put', key, value: { part, ids } }]);
  }
  return store;
}

test('all kinds of definitions are collected, each into its list', async () => {
  const store = await stored([
    ['route', 'r1'],
    ['route', 'r2'],
    ['route-response', 'r1', 'x'],
    ['integration', 'i1'],
    ['integration-response', 'i1', 'y'],
    ['model', 'm1'],
    ['authorizer', 'a1'],
    ['deployment', 'd1'],
    ['stage', 'live'],
  ]);
  expect(await collectSnapshot(store, api)).toEqual({
    api,
    routes: [
      { part: 'route', ids: ['r1'] },
      { part: 'route', ids: ['r2'] },
    ],
    routeResponses: [{ part: 'route-response', ids: ['r1', 'x'] }],
    integrations: [{ part: 'integration', ids: ['i1'] }],
    integrationResponses: [{ part: 'integration-response', ids: ['i1', 'y'] }],
    models: [{ part: 'model', ids: ['m1'] }],
    authorizers: [{ part: 'authorizer', ids: ['a1'] }],
  });
});

test('bytes are the same whatever order the definitions came in, and come back as they were', async () => {
  const one = await collectSnapshot(
    await stored([
      ['route', 'a'],
      ['route', 'b'],
    ]),
    api,
  );
  const two = await collectSnapshot(
    await stored([
      ['route', 'b'],
      ['route', 'a'],
    ]),
    api,
  );
  expect(encodeSnapshot(one)).toEqual(encodeSnapshot(two));
  expect(decodeSnapshot(encodeSnapshot(one))).toEqual(one);
});
