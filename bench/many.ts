// One more api, stage or route: what 10, 100 and 1,000 of each cost in throughput, memory, start and time to make.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDefinitions, type Definitions, type Made } from './definitions.ts';
import type { Job } from './generator.ts';
import { heldMemory, INSPECTED, type HeldMemory } from './inspector.ts';
import { startNode, type BenchNode } from './node.ts';
import { generate } from './generate.ts';
import { cpuMicros } from './outcome.ts';
import type { Result } from './scenarios/subject.ts';
import { SERVER_CORE } from './servers/running.ts';
import { markdown, median, spread } from './table.ts';

/** How long it may take. */
export interface ManyOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Largest number of each; 1,000 for the whole. */
  readonly most: number;
}

/** What was measured with one set of definitions. */
export interface ManyPoint extends Case {
  readonly callsPerSecond: number;
  readonly readyMs: number;
  readonly held: HeldMemory;
  readonly messagesPerSecond: readonly number[];
  readonly cpuMicros: readonly number[];
}

const ONE: Definitions = { apis: 1, stages: 1, routes: 1 };
const STAGES_OF_AN_API = 10;
const CONNECTIONS = 100;

/** A number of definitions of a kind, beside one of each other. */
interface Case {
  readonly kind: 'one' | 'apis' | 'stages' | 'routes';
  readonly count: number;
  readonly wanted: Definitions;
}

/** One of each first: the base of the others. A thousand stages lie on a hundred apis, as AWS allows ten on each. */
function cases(most: number): readonly Case[] {
  const counts = [10, 100, 1000].filter((count) => count <= most);
  const stages = STAGES_OF_AN_API;
  return [
    { kind: 'one', count: 1, wanted: ONE },
    ...counts.map((count): Case => ({ kind: 'apis', count, wanted: { ...ONE, apis: count } })),
    ...counts.map((count): Case => {
      return { kind: 'stages', count, wanted: { ...ONE, apis: count / stages, stages } };
    }),
    ...counts.map((count): Case => ({ kind: 'routes', count, wanted: { ...ONE, routes: count } })),
  ];
}

/** Measures all cases; their nodes run side by side and take turns, so that a slow minute hits all alike. */
export async function measureMany(options: ManyOptions): Promise<readonly ManyPoint[]> {
  const prepared: Prepared[] = [];
  try {
    for (const one of cases(options.most)) prepared.push(await prepare(one));
    for (let round = 0; round < options.rounds; round++) {
      for (const { node, made, results } of prepared) {
        results.push(await echo(node, made.apiIds.at(-1) ?? '', options.seconds));
      }
    }
    return prepared.map(pointOf);
  } finally {
    for (const { node, data } of prepared) {
      await node.stop();
      rmSync(data, { recursive: true, force: true });
    }
  }
}

interface Prepared {
  readonly one: Case;
  readonly data: string;
  readonly made: Made;
  readonly node: BenchNode;
  readonly held: HeldMemory;
  readonly results: Result[];
}

/** Makes the definitions on one node and starts another on what that one has left. */
async function prepare(one: Case): Promise<Prepared> {
  const data = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const args = ['--limits', 'open', '--tls', 'off'];
  const maker = await startNode({ data, args });
  const made = await makeDefinitions(maker, one.wanted);
  await maker.stop();
  const node = await startNode({ data, args, core: SERVER_CORE, execArgv: INSPECTED });
  return { one, data, made, node, held: await heldMemory(node), results: [] };
}

/** Echo by the last api's MOCK route, one message in flight on each of 100 sockets. */
function echo(node: BenchNode, apiId: string, seconds: number): Promise<Result> {
  const options = { action: 'mock', connections: CONNECTIONS, inFlight: 1, seconds };
  const job: Job = { kind: 'gateway', apiId, scenario: 'echo', options };
  return generate(job, { port: Number(node.gateway.port), pids: [node.pid] });
}

function pointOf({ one, made, node, held, results }: Prepared): ManyPoint {
  return {
    ...one,
    callsPerSecond: made.calls / made.seconds,
    readyMs: node.readyMs,
    held,
    messagesPerSecond: results.map(({ operations, seconds }) => operations / seconds),
    cpuMicros: results.map(cpuMicros),
  };
}

/** Markdown table of `measureMany`; memory is what each adds to the node with one of each. */
export function manyTable(points: readonly ManyPoint[]): string {
  const [base] = points;
  if (base === undefined) return '';
  const cpu = (point: ManyPoint): number => median(point.cpuMicros);
  return markdown(
    [
      'definitions',
      'messages/s',
      '±%',
      'CPU µs per op',
      'CPU ratio',
      'heap KB each',
      'resident KB each',
      'ready ms',
      'calls/s',
    ],
    points.map((point) => [
      point.kind === 'one' ? 'one of each' : `${point.count.toLocaleString('en')} ${point.kind}`,
      Math.round(median(point.messagesPerSecond)).toLocaleString('en'),
      spread(point.messagesPerSecond),
      cpu(point).toFixed(1),
      (cpu(point) / cpu(base)).toFixed(2),
      each(point, base, 'heap'),
      each(point, base, 'resident'),
      point.readyMs.toFixed(0),
      point.callsPerSecond.toFixed(0),
    ]),
  );
}

/** KB that one more of them adds; too few drown in the noise of the rest. */
function each(point: ManyPoint, base: ManyPoint, of: 'heap' | 'resident'): string {
  if (point.count < 100) return '-';
  return ((point.held[of] - base.held[of]) / (point.count - 1) / 1024).toFixed(1);
}

if (import.meta.main) {
  const points = await measureMany({ rounds: 3, seconds: 3, most: 1000 });
  console.log(manyTable(points));
}
