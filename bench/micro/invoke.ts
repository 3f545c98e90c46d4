// Cost of one invocation of a warm function with a 1 KB event: `node bench/micro/invoke.ts`.
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { LambdaService } from '#services/lambda/service.ts';
import { OPEN_LIMITS } from '#shared/model/limits.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBlobStore, MemoryResourceStore } from '../../test/support/memory-store.ts';
import { functionRecord, zipOf } from '../../test/support/lambda.ts';

/** Environments (processes), events at once in each, and whether log lines are made. */
const CASES = [
  { environments: 1, events: 1, log: false },
  { environments: 1, events: 1, log: true },
  { environments: 1, events: 16, log: false },
  { environments: 2, events: 1, log: false },
] as const;
const ROUND_MS = 1500;
const ROUNDS = 3;

const EVENT = JSON.stringify({
  requestContext: { routeKey: 'echo', connectionId: 'Zm9vYmFyYmF6MTI=', requestId: 'x'.repeat(16) },
  body: 'b'.repeat(850),
  isBase64Encoded: false,
});

async function measure({ environments, events, log }: (typeof CASES)[number]): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  const service = new LambdaService(
    {
      store: new MemoryResourceStore(),
      blobs: new MemoryBlobStore(),
      bus: new MemoryBus(new MemoryHub(), silentLogger),
      clock: systemClock,
      logger: silentLogger,
      ...(log ? { functionLog: () => undefined } : {}),
    },
    {
      dataDir,
      accountId: '000000000000',
      limits: { ...OPEN_LIMITS, environments },
      permissions: 'enforce',
      variables: () => ({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, endpoints: {} }),
      eventsPerEnvironment: events,
    },
  );
  await service.start();
  const zip = zipOf({
    'index.mjs': 'export const handler = async (e) => ({ statusCode: 200, body: e.body })',
  });
  const owner = { partition: 'bench', sort: 'function' };
  const record = functionRecord({ CodeHash: await service.code.put(zip, owner) });
  await service.functions.put(record, 0);
  const ref = { region: record.Region, accountId: '000000000000', name: record.FunctionName };
  const invoke = (): Promise<unknown> => service.invoker.invoke(ref, EVENT, { timeoutMs: 29_000 });

  const inFlight = environments * events;
  const latencies: number[] = [];
  /** One round: as many chains of invocations as fit, each waiting for its answer. */
  const round = async (ms: number): Promise<number> => {
    const end = performance.now() + ms;
    let done = 0;
    const chain = async (): Promise<void> => {
      for (let now = performance.now(); now < end;) {
        await invoke();
        const then = performance.now();
        latencies.push(then - now);
        now = then;
        done++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, chain));
    return done;
  };
  await round(1000);
  const rates: number[] = [];
  const costs: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    latencies.length = 0;
    const before = await cpuOfAll();
    const done = await round(ROUND_MS);
    rates.push((done / ROUND_MS) * 1000);
    costs.push(((await cpuOfAll()) - before) / done);
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number): string =>
    (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3);
  await service.stop('done');
  await rm(dataDir, { recursive: true });
  const cells = [
    environments,
    events,
    log ? 'yes' : 'no',
    Math.round(median(rates)),
    median(costs).toFixed(1),
    at(0.5),
    at(0.99),
  ];
  return cells.map(String);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** CPU microseconds of this process and its children (Linux: clock ticks of 10 ms in /proc). */
async function cpuOfAll(): Promise<number> {
  const { user, system } = process.cpuUsage();
  const tasks = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  let ticks = 0;
  for (const pid of tasks.trim().split(' ').filter(Boolean)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return user + system + ticks * 10_000;
}

console.log(
  '| environments | events each | log lines | per s | CPU µs, both sides | p50 ms | p99 ms |',
);
console.log('|---:|---:|---|---:|---:|---:|---:|');
for (const one of CASES) console.log(`| ${(await measure(one)).join(' | ')} |`);
