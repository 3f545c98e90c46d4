// `node bench/soak.ts --minutes 30`: half load with churn; fails on what no run may show, prints latencies without judging them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { INSPECTED } from './inspector.ts';
import { startNode, type BenchNode } from './node.ts';
import { openWindow } from './scenarios/window.ts';
import { SoakApi } from './soak/api.ts';
import { Churn } from './soak/churn.ts';
import { EchoGroup } from './soak/echo-group.ts';
import { Ledger } from './soak/ledger.ts';
import { PushGroup } from './soak/push-group.ts';
import { rise, takeSample, type Sample } from './soak/samples.ts';
import { SlowReader } from './soak/slow-reader.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    /** Messages a second by the MOCK route; absent: with all else, half of a core's time for the node. */
    rate: { type: 'string' },
  },
});
const minutes = Number(options.minutes);

const STEADY = { mock: 80, function: 20, push: 20 } as const;
const CONNECTS_PER_SECOND = 20;
/** Messages a second while the load is measured that they make. */
const LOW_RATE = 5000;
/** Functions and pushes, for each so many messages. */
const MESSAGES_PER_CALL = 50;
const SAMPLES = 24;
/** Bounds of what the second half may rise by, however long the run is. */
const MOST_RISE = { heapKb: 768, bufferKb: 2048, handles: 12 } as const;
const SETTLE_MS = 20_000;

/** AWS's account rates are counted, but not met. */
const CONFIG = `limits:
  requestsPerSecond: 1000000000
  requestBurst: 1000000000
`;

/** Everything that makes load. */
interface Load {
  readonly mock: EchoGroup;
  readonly functions: EchoGroup;
  readonly pushes: PushGroup;
  readonly churn: Churn;
  readonly slow: SlowReader;
}

const folder = mkdtempSync(join(tmpdir(), 'postern-soak-'));
const ledger = new Ledger();
try {
  process.exitCode = await soak();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function soak(): Promise<number> {
  writeFileSync(join(folder, 'postern.yaml'), CONFIG);
  const node = await startNode({
    data: join(folder, 'data'),
    args: [join(import.meta.dirname, 'apps/soak.yaml'), '--tls', 'off'],
    execArgv: INSPECTED,
    env: { POSTERN_CONFIG: join(folder, 'postern.yaml'), POSTERN_EVENTS_PER_ENVIRONMENT: '1000' },
    onLine: (line) => ledger.line(line),
  });
  const api = new SoakApi(node);
  const faults: string[] = [];
  try {
    const load = await startLoad(api);
    const samples = await run(node, load);
    faults.push(...growth(samples), ...(await end(api, load)));
  } finally {
    api.close();
    const code = await node.stop();
    if (code !== 0) faults.push(`the node ended with ${code}`);
  }
  return report(faults);
}

async function startLoad(api: SoakApi): Promise<Load> {
  const { target } = api;
  const mock = await EchoGroup.open({ target, ledger, action: 'mock', sockets: STEADY.mock });
  const functions = await EchoGroup.open({
    ...{ target, ledger },
    action: 'function',
    sockets: STEADY.function,
  });
  const pushes = await PushGroup.open(api, ledger, STEADY.push);
  return {
    ...{ mock, functions, pushes },
    churn: new Churn(api, ledger, CONNECTS_PER_SECOND),
    slow: new SlowReader(api, ledger),
  };
}

/** The load for the whole time, with a look at the node at rest from time to time. */
async function run(node: BenchNode, load: Load): Promise<readonly Sample[]> {
  const rate = options.rate === undefined ? await halfLoad(node, load) : Number(options.rate);
  console.log(`${Math.round(rate)} messages/s, ${CONNECTS_PER_SECOND} connects/s, ${minutes} min`);
  console.log(
    '   s  heap MB  buffers MB  resident MB  handles  p50 ms  p99 ms  connects  messages',
  );
  const started = performance.now();
  const samples: Sample[] = [];
  for (let at = 1; at <= SAMPLES; at++) {
    setRates(load, rate);
    await sleep(Math.max(0, started + (at * minutes * 60_000) / SAMPLES - performance.now()));
    setRates(load, 0);
    await settled('answers and pushes do not come', async () => inFlight(load) === 0);
    const sample = await takeSample(node, {
      seconds: (performance.now() - started) / 1000,
      sockets: STEADY.mock + STEADY.function + STEADY.push + load.churn.open + load.slow.open,
      latencies: load.mock.takeLatencies(),
    });
    samples.push(sample);
    print(sample);
  }
  return samples;
}

/** The rate at which the process tree takes half of a core, from its part of a core at a low one. */
async function halfLoad(node: BenchNode, load: Load): Promise<number> {
  setRates(load, LOW_RATE);
  await sleep(3000); // code becomes hot, environments of functions start
  const window = openWindow([node.pid]);
  await sleep(4000);
  const { cpuSeconds, seconds } = window();
  return (LOW_RATE * 0.5) / (cpuSeconds / seconds);
}

function setRates({ mock, functions, pushes }: Load, rate: number): void {
  mock.rate = rate;
  functions.rate = rate / MESSAGES_PER_CALL;
  pushes.rate = rate / MESSAGES_PER_CALL;
}

function inFlight({ mock, functions, pushes }: Load): number {
  return mock.inFlight + functions.inFlight + pushes.inFlight;
}

function print(sample: Sample): void {
  const { seconds, heapKb, bufferKb, residentKb, handles, p50, p99 } = sample;
  const cells: readonly (readonly [string, number])[] = [
    [seconds.toFixed(0), 4],
    [(heapKb / 1024).toFixed(2), 7],
    [(bufferKb / 1024).toFixed(2), 10],
    [(residentKb / 1024).toFixed(1), 11],
    [String(handles), 7],
    [p50.toFixed(2), 6],
    [p99.toFixed(2), 6],
    [String(ledger.connects), 8],
    [String(ledger.messages), 8],
  ];
  console.log(cells.map(([text, width]) => text.padStart(width)).join('  '));
}

/** What rises in the second half by more than it may. */
function growth(samples: readonly Sample[]): readonly string[] {
  return (['heapKb', 'bufferKb', 'handles'] as const).flatMap((name) => {
    const risen = rise(samples, (sample) => sample[name]);
    console.log(`${name} rises by ${risen.toFixed(1)} in the second half (${MOST_RISE[name]})`);
    return risen > MOST_RISE[name] ? [`${name} rises by ${risen.toFixed(1)}`] : [];
  });
}

/** Ends churn, compares the directory with what is open, closes the rest, and sees that all are told of and forgotten. */
async function end(api: SoakApi, load: Load): Promise<readonly string[]> {
  await Promise.all([load.churn.stop(), load.slow.stop()]);
  const steady = STEADY.mock + STEADY.function + STEADY.push;
  await settled('the connections on record are not those that are open', () =>
    isDirectory(api, steady),
  );
  load.mock.close();
  load.functions.close();
  load.pushes.close();
  await settled('connections stay on record after they are closed', () => isDirectory(api, 0));
  console.log(
    `${ledger.connects} connects, ${ledger.messages} messages, ${load.slow.closed} slow clients closed`,
  );
  return ledger.faults({ isOver: true });
}

/** Whether just these many connections are on record, and are those that came and are not gone. */
async function isDirectory(api: SoakApi, count: number): Promise<boolean> {
  const ids = await api.onRecord();
  const { open } = ledger;
  return ids.length === count && open.size === count && ids.every((id) => open.has(id));
}

/** Waits until `is` holds; after a time far beyond any stall of a machine it is a fault. */
async function settled(fault: string, is: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  while (!(await is())) {
    if (performance.now() > until) return ledger.fault(fault);
    await sleep(50);
  }
}

function report(faults: readonly string[]): number {
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'soak: no faults' : `soak: ${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
}
