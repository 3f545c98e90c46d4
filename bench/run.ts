// `npm run bench`: every scenario against the gateway and the reference in the same run; prints tables and writes bench/README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from './generate.ts';
import type { Result } from './scenarios/subject.ts';
import { startGateway } from './servers/gateway.ts';
import { startReference } from './servers/reference.ts';
import type { Server } from './servers/running.ts';
import { memoryTable, rateTable, type Row } from './table.ts';
import type { Job } from './generator.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** One round of one second with fewer sockets: under two minutes, to see that all works and about what it costs. */
    short: { type: 'boolean', default: false },
    /** Folder for CPU profiles of the gateway; the figures of such a run say nothing. */
    profile: { type: 'string' },
  },
});
const rounds = options.short ? 1 : Number(options.rounds);
const seconds = options.short ? 1 : Number(options.seconds);
const profiling = options.profile === undefined ? {} : { profile: options.profile };

interface Suite {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly subjects: readonly { readonly name: string; readonly job: Job }[];
}

const ws = { kind: 'reference' } as const;
const main = { kind: 'gateway', apiId: 'benchmain1' } as const;
const guarded = { kind: 'gateway', apiId: 'benchguard' } as const;

function echoSuite(inFlight: number): Suite {
  const settings = { connections: 100, inFlight, seconds };
  return {
    name: `echo${inFlight}`,
    title: `Echo, 114 bytes, 100 connections, ${inFlight} in flight on each`,
    unit: 'messages',
    subjects: [
      { name: 'ws', job: { ...ws, scenario: 'echo', options: { action: 'echo', ...settings } } },
      {
        name: 'Postern, MOCK two-way route',
        job: { ...main, scenario: 'echo', options: { action: 'mock', ...settings } },
      },
      {
        name: 'Postern, Lambda two-way route',
        job: { ...main, scenario: 'echo', options: { action: 'echo', ...settings } },
      },
    ],
  };
}

const fanOutOptions = { connections: 200, posters: 16, seconds };
const stormOptions = { connections: options.short ? 1000 : 2000, parallel: 64 };
const idleOptions = options.short
  ? { connections: 1000, holdSeconds: 1 }
  : { connections: 5000, holdSeconds: 5 };

const SUITES: readonly Suite[] = [
  echoSuite(1),
  echoSuite(16),
  {
    name: 'fanout',
    title: 'Fan-out: one @connections POST of 114 bytes per recipient, 200 connections, 16 posters',
    unit: 'deliveries',
    subjects: [
      { name: 'node:http + ws', job: { ...ws, scenario: 'fanOut', options: fanOutOptions } },
      {
        name: 'Postern, signatures checked',
        job: { ...main, scenario: 'fanOut', options: fanOutOptions },
      },
      {
        name: 'node:http + ws, one POST for all, framed once',
        job: { ...ws, scenario: 'fanOut', options: { ...fanOutOptions, framedOnce: true } },
      },
    ],
  },
  {
    name: 'storm',
    title: `Connect storm: ${stormOptions.connections} connects, 64 handshakes in flight`,
    unit: 'opened',
    subjects: [
      { name: 'ws', job: { ...ws, scenario: 'storm', options: stormOptions } },
      {
        name: 'Postern, record in DynamoDB',
        job: { ...main, scenario: 'storm', options: stormOptions },
      },
      {
        name: 'Postern, record and $connect function',
        job: { ...guarded, scenario: 'storm', options: stormOptions },
      },
    ],
  },
  {
    name: 'idle',
    title: `Memory: ${idleOptions.connections} idle connections, resident memory of the process tree`,
    unit: 'connections',
    subjects: [
      { name: 'ws', job: { ...ws, scenario: 'idle', options: idleOptions } },
      { name: 'Postern', job: { ...main, scenario: 'idle', options: idleOptions } },
    ],
  },
  {
    name: 'storm-tls',
    title: `Connect storm over TLS 1.3: ${stormOptions.connections} full handshakes, 64 in flight`,
    unit: 'opened',
    subjects: [
      { name: 'ws', job: { ...ws, tls: true, scenario: 'storm', options: stormOptions } },
      {
        name: 'Postern, record in DynamoDB',
        job: { ...main, tls: true, scenario: 'storm', options: stormOptions },
      },
    ],
  },
  {
    name: 'idle-tls',
    title: `Memory over TLS: ${idleOptions.connections} idle connections, resident memory of the process tree`,
    unit: 'connections',
    subjects: [
      { name: 'ws', job: { ...ws, tls: true, scenario: 'idle', options: idleOptions } },
      { name: 'Postern', job: { ...main, tls: true, scenario: 'idle', options: idleOptions } },
    ],
  },
];

function start(job: Job): Promise<Server> {
  const tls = job.tls === true;
  if (job.kind === 'reference') return startReference({ tls });
  return startGateway({ tls, eventsPerEnvironment: 1000, ...profiling });
}

/** Subjects take turns within a round, each on a fresh server, so that a slow minute hits all alike. */
async function runSuite(suite: Suite): Promise<string> {
  const results: Result[][] = suite.subjects.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, { job }] of suite.subjects.entries()) {
      const server = await start(job);
      try {
        results[at]?.push(generate(job, server));
      } finally {
        await server.stop();
      }
    }
  }
  const rows: Row[] = suite.subjects.map(({ name }, at) => ({ name, rounds: results[at] ?? [] }));
  const table = suite.name.startsWith('idle') ? memoryTable(rows) : rateTable(rows, suite.unit);
  return `### ${suite.title}\n\n${table}\n`;
}

const wanted = SUITES.filter(({ name }) => options.only?.split(',').includes(name) ?? true);
const sections: string[] = [];
for (const suite of wanted) {
  const section = await runSuite(suite);
  console.log(section);
  sections.push(section);
}
if (options.write) writeReadme(sections);

function writeReadme(tables: readonly string[]): void {
  const path = join(import.meta.dirname, 'README.md');
  const text = readFileSync(path, 'utf8');
  const [head] = text.split('<!-- results -->');
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  const caption = `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}; ${rounds} rounds of ${seconds} s, medians.`;
  writeFileSync(path, `${head}<!-- results -->\n\n${caption}\n\n${tables.join('\n')}`);
}
