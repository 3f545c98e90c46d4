// The node's stages: loading, resolving, swapping whole, deletions, and faults of store and snapshots.
import { beforeEach, expect, test } from 'vitest';
import type { Bus } from '#shared/model/bus.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { BlobStore, ResourceStore, StoredResource } from '#shared/model/store.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger } from '#shared/runtime/logger.ts';
import type { LogLine } from '#shared/runtime/logger.ts';
import { liveStageKey } from '#shared/store/keys.ts';
import type { CustomDomains } from '#shared/stage/domains.ts';
import { LiveStageSource, STAGE_CHANGED } from '#shared/stage/source.ts';

/** Live records and snapshots that a test writes directly; reads can be held back or made to fail. */
class World {
  readonly records = new Map<string, StoredResource<LiveStage>>();
  readonly snapshots = new Map<string, Buffer>();
  reads = 0;
  lists = 0;
  /** Run before each read answers. */
  beforeRead: () => Promise<void> = () => Promise.resolve();
  #listener: ((message: Uint8Array) => void) | undefined;

  readonly store = {
    get: async ({ sort }: { sort: string }) => {
      this.reads++;
      const found = this.records.get(sort);
      await this.beforeRead();
      return found;
    },
    list: () => {
      this.lists++;
      return Promise.resolve({ items: [...this.records.values()] });
    },
    commit: () => Promise.reject(new Error('not used')),
  } as unknown as ResourceStore;

  readonly blobs: Pick<BlobStore, 'get'> = {
    get: (hash) => Promise.resolve(this.snapshots.get(hash)),
  };

  readonly bus = {
    subscribe: (topic: string, listener: (message: Uint8Array) => void) => {
      expect(topic).toBe(STAGE_CHANGED);
      this.#listener = listener;
      return Promise.resolve({
        close: () => {
          this.#listener = undefined;
          return Promise.resolve();
        },
      });
    },
  } as unknown as Bus;

  put(live: LiveStage): void {
    const key = liveStageKey(live.apiId, live.stage.StageName);
    const version = (this.records.get(key.sort)?.version ?? 0) + 1;
    this.records.set(key.sort, { key, version, value: live });
  }

  announce(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.#listener?.(Buffer.from(text));
  }
}

interface Given {
  readonly apiId?: string;
  readonly stageName?: string;
  readonly snapshot?: string | undefined;
  readonly protocol?: LiveStage['protocol'];
  readonly deployment?: string;
}

function live(given: Given = {}): LiveStage {
  const snapshot = 'snapshot' in given ? given.snapshot : 'good';
  return {
    apiId: given.apiId ?? 'api1',
    region: 'us-east-1',
    accountId: '000000000000',
    protocol: given.protocol ?? 'WEBSOCKET',
    stage: {
      StageName: given.stageName ?? 'prod',
      DeploymentId: given.deployment ?? 'd1',
      StageVariables: {},
    } as LiveStage['stage'],
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

const HOST = 'api1.execute-api.us-east-1.localhost:8443';
const PATH = '/_aws/execute-api/api1/prod';
let world: World;
let clock: TestClock;
let logged: LogLine[];
let retired: string[];
let source: LiveStageSource;

/** Waits until what was started has had its turns. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  world = new World();
  clock = new TestClock(0);
  logged = [];
  retired = [];
  world.snapshots.set('good', Buffer.from(JSON.stringify({ api: {} })));
  world.snapshots.set('closed', Buffer.from('{"api":{"DisableExecuteApiEndpoint":true}}'));
  world.snapshots.set('broken', Buffer.from('{"api":'));
  world.snapshots.set('refused', Buffer.from('{"api":{"Name":"refused"}}'));
  source = new LiveStageSource({
    ...{ store: world.store, blobs: world.blobs, bus: world.bus, clock },
    logger: new Logger((line) => logged.push(line), 'stages'),
    compile: (record: LiveStage, snapshot: Snapshot): Stage => {
      if (snapshot.api.Name === 'refused') throw new Error('route without target');
      return {
        apiId: record.apiId,
        name: record.stage.StageName,
        region: record.region,
        accountId: record.accountId,
        deploymentId: record.stage.DeploymentId ?? '',
        protocol: record.protocol,
        variables: record.stage.StageVariables,
      };
    },
    retire: (stage) => retired.push(stage.deploymentId),
    domainSuffix: () => 'localhost:8443',
    domains: {
      find: (host: string) =>
        host.startsWith('ws.example.com')
          ? { apiId: 'api2', stageName: 'prod', rest: '/x', lowersHeaderNames: host.length > 20 }
          : undefined,
    } as unknown as CustomDomains,
  });
});

test('a loaded stage is found by host and by path, with its domain name', async () => {
  world.put(live());
  await source.start();
  expect(source.resolve(HOST, '/prod/a%2Fb')).toMatchObject({ path: '/a%2Fb', domainName: HOST });
  expect(source.resolve('localhost:8443', `${PATH}/x`)).toMatchObject({
    path: '/x',
    domainName: HOST,
    stage: { apiId: 'api1', name: 'prod' },
  });
  expect(source.get('api1', 'prod')).toMatchObject({ deploymentId: 'd1' });
  expect(world.reads).toBe(0);
});

test.each([
  ['unknown api', 'api2.execute-api.us-east-1.localhost', '/prod'],
  ['unknown stage', HOST, '/test'],
  ['no stage', HOST, '/'],
  ["another region's host", 'api1.execute-api.eu-west-1.localhost', '/prod'],
  ['another host', 'localhost', '/prod'],
])('%s is not found', async (_name, host, path) => {
  world.put(live());
  await source.start();
  expect(source.resolve(host, path)).toBeUndefined();
});

test('a stage without a deployment, or with its endpoint disabled, is not found', async () => {
  world.put(live({ snapshot: undefined }));
  world.put(live({ apiId: 'api2', snapshot: 'closed' }));
  await source.start();
  expect(source.resolve(HOST, '/prod')).toBeUndefined();
  expect(source.resolve('localhost', '/_aws/execute-api/api2/prod')).toBeUndefined();
  expect(source.get('api2', 'prod')).toBeDefined();
});

test('a custom domain leads to its stage, whose own endpoint may be disabled', async () => {
  const host = 'ws.example.com:8443';
  await source.start();
  expect(source.resolve(host, '/x')).toBeUndefined();
  world.put(live({ apiId: 'api2', snapshot: 'closed' }));
  await source.load();
  expect(source.resolve(host, '/x')).toMatchObject({
    stage: { apiId: 'api2' },
    path: '/x',
    domainName: host,
  });
  expect(source.resolve(host, '/x')).not.toHaveProperty('lowersHeaderNames');
  expect(source.resolve(`${host}.longer`, '/x')).toHaveProperty('lowersHeaderNames', true);
  expect(source.resolve('other.example.com', '/x')).toBeUndefined();
});

test("an HTTP API's $default stage takes every path, a WebSocket API's only its own segment", async () => {
  world.put(live({ stageName: '$default', protocol: 'HTTP' }));
  world.put(live({ apiId: 'api2', stageName: '$default' }));
  await source.start();
  expect(source.resolve(HOST, '/pets/1')).toMatchObject({ path: '/pets/1' });
  const websocket = 'api2.execute-api.us-east-1.localhost';
  expect(source.resolve(websocket, '/pets/1')).toBeUndefined();
  expect(source.resolve(websocket, '/%24default/x')).toMatchObject({ path: '/x' });
});

test('an announced change swaps the stage whole, also when only settings changed', async () => {
  world.put(live());
  await source.start();
  const before = source.get('api1', 'prod');
  world.put(live({ deployment: 'd2' }));
  expect(source.get('api1', 'prod')).toBe(before);
  world.announce({ apiId: 'api1', stageName: 'prod' });
  await settled();
  expect(source.get('api1', 'prod')).toMatchObject({ deploymentId: 'd2' });
  expect(retired).toEqual(['d1']);
});

test.each(['broken', 'refused', 'missing'])(
  'a snapshot that is %s leaves the old stage serving and is logged',
  async (snapshot) => {
    world.put(live());
    await source.start();
    world.put(live({ snapshot, deployment: 'd2' }));
    await source.refresh('api1', 'prod');
    expect(source.resolve(HOST, '/prod')).toMatchObject({ stage: { deploymentId: 'd1' } });
    expect(logged).toMatchObject([{ level: 'error', fields: { apiId: 'api1', stage: 'prod' } }]);
    expect(retired).toEqual([]);
  },
);

test('deletion tells the listeners once and frees the stage', async () => {
  world.put(live());
  await source.start();
  const deleted: string[] = [];
  source.onDeleted((apiId, stageName) => deleted.push(`${apiId}/${stageName}`));
  world.records.clear();
  world.announce({ apiId: 'api1', stageName: 'prod' });
  world.announce({ apiId: 'api1', stageName: 'prod' });
  await settled();
  expect(deleted).toEqual(['api1/prod']);
  expect(source.resolve(HOST, '/prod')).toBeUndefined();
  expect(retired).toEqual(['d1']);
});

test('a slow older read does not win over a newer refresh', async () => {
  world.put(live());
  await source.start();
  const gates = [Promise.withResolvers<void>()];
  world.beforeRead = () => gates.shift()?.promise ?? Promise.resolve();
  const [gate] = gates;
  const slow = source.refresh('api1', 'prod');
  world.put(live({ deployment: 'd2' }));
  const fast = source.refresh('api1', 'prod');
  gate?.resolve();
  await Promise.all([slow, fast]);
  expect(source.get('api1', 'prod')).toMatchObject({ deploymentId: 'd2' });
});

test('a refresh during a load wins over what the load has listed', async () => {
  world.put(live());
  const loading = source.load();
  world.put(live({ deployment: 'd2' }));
  const refreshing = source.refresh('api1', 'prod');
  await Promise.all([loading, refreshing]);
  expect(source.get('api1', 'prod')).toMatchObject({ deploymentId: 'd2' });
});

test('loading again takes only what has changed, and what has gone', async () => {
  world.put(live());
  world.put(live({ apiId: 'api2' }));
  world.put(live({ apiId: 'api3' }));
  await source.start();
  const kept = source.get('api1', 'prod');
  world.put(live({ apiId: 'api2', deployment: 'd2' }));
  world.records.delete('api3/prod');
  await source.load();
  expect(source.get('api1', 'prod')).toBe(kept);
  expect(source.get('api2', 'prod')).toMatchObject({ deploymentId: 'd2' });
  expect(source.get('api3', 'prod')).toBeUndefined();
});

test('a refresh fails with the store', async () => {
  await source.start();
  world.beforeRead = () => Promise.reject(new Error('store away'));
  await expect(source.refresh('api1', 'prod')).rejects.toThrow('store away');
});

test('after stop nothing is followed', async () => {
  world.put(live());
  await source.start();
  await source.stop();
  world.put(live({ deployment: 'd2' }));
  world.announce({ apiId: 'api1', stageName: 'prod' });
  await settled();
  expect(source.get('api1', 'prod')).toMatchObject({ deploymentId: 'd1' });
});
