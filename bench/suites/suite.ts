// A suite: subjects that do the same work in the same run, and the table that compares them.
import type { Job, Load } from '../generator.ts';
import { generate } from '../generate.ts';
import { figures, medianOf, type Measure, type Outcome } from '../outcome.ts';
import type { Result } from '../scenarios/subject.ts';
import type { Server } from '../servers/running.ts';
import { figure, markdown, spread } from '../table.ts';
import { verdict, type Target } from '../target.ts';

/** How the run was asked for. */
export interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  /** Everything once, with fewer sockets. */
  readonly short: boolean;
  /** Measure other servers with this wire format too. */
  readonly peers: boolean;
  /** Folder for CPU profiles of the gateway. */
  readonly profile?: string;
}

/** One section of the report. */
export interface Suite {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** Measures and answers with a markdown table, or several. */
  measure(servers: Servers, settings: Settings): Promise<string>;
}

/** Whoever lends servers; `release` when the run is over. */
export interface Servers {
  /** `fresh`: one that has done nothing yet, also where servers are shared. */
  take(spec: ServerSpec, options: { readonly fresh: boolean }): Promise<Server>;
  release(server: Server): Promise<void>;
}

/** A server to be started; two with equal specs are the same. */
export type ServerSpec =
  | { readonly kind: 'reference'; readonly tls?: boolean }
  | {
      readonly kind: 'gateway';
      readonly tls?: boolean;
      readonly eventsPerEnvironment?: number;
      readonly environments?: number;
      readonly databaseCore?: string;
    }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'offline'; readonly inProcess?: boolean };

/** One row: a load on an api of a server. */
export interface Subject {
  readonly name: string;
  readonly server: ServerSpec;
  /** Of a gateway: the api to use. */
  readonly apiId?: string;
  readonly load: Load;
  readonly targets?: readonly Target[];
}

/** A column: a measure with a heading, or its ratio to the first row's. */
export interface Column {
  readonly title: string;
  readonly measure: Measure;
  readonly as?: 'ratio' | 'spread';
}

/** Columns of a table of rates whose operations are `unit`. */
export const rateColumns = (unit: string): readonly Column[] => [
  { title: `${unit}/s`, measure: 'rate' },
  { title: '±%', measure: 'rate', as: 'spread' },
  { title: 'ratio', measure: 'rate', as: 'ratio' },
  { title: 'CPU µs per op', measure: 'cpu' },
  { title: 'CPU ratio', measure: 'cpu', as: 'ratio' },
  { title: 'server %', measure: 'server' },
  { title: 'generator %', measure: 'generator' },
  { title: 'p50 ms', measure: 'p50' },
  { title: 'p99 ms', measure: 'p99' },
];

/** Columns of memory. */
export const MEMORY_COLUMNS: readonly Column[] = [
  { title: 'KB per idle connection', measure: 'memory' },
  { title: '±%', measure: 'memory', as: 'spread' },
  { title: 'ratio', measure: 'memory', as: 'ratio' },
  { title: 'MB in all', measure: 'memoryInAll' },
];

/** What a comparison consists of. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly subjects: readonly Subject[];
  readonly columns: readonly Column[];
  /** Each run needs a server that has done nothing yet. */
  readonly fresh?: boolean;
}

/** A suite whose subjects take turns within a round, so that a slow minute hits all alike. */
export function comparison(all: Comparison): Suite {
  const { name, title, subjects, columns, fresh = false } = all;
  return {
    name,
    title,
    measure: async (servers, { rounds }) => {
      const results: Result[][] = subjects.map(() => []);
      for (let round = 0; round < rounds; round++) {
        for (const [at, subject] of subjects.entries()) {
          const result = await attempt(subject, () => measureOnce(subject, servers, fresh));
          if (result !== undefined) results[at]?.push(result);
        }
      }
      const outcomes = subjects.map((subject, at) => ({ ...subject, rounds: results[at] ?? [] }));
      return comparisonTable(outcomes, columns);
    },
  };
}

/** A row that cannot be measured is told, makes the bench fail at its end, and keeps no other row from its turn. */
async function attempt({ name }: Subject, run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    console.error(
      `${name}: not measured: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
    return undefined;
  }
}

async function measureOnce(subject: Subject, servers: Servers, fresh: boolean): Promise<Result> {
  const server = await servers.take(subject.server, { fresh });
  try {
    return await generate(jobOf(subject), server);
  } finally {
    await servers.release(server);
  }
}

function jobOf({ server, apiId = MAIN_API, load }: Subject): Job {
  if (server.kind === 'reference') return { kind: 'reference', tls: server.tls === true, ...load };
  if (server.kind === 'offline') return { kind: 'offline', ...load };
  const tls = server.kind === 'gateway' && server.tls === true;
  return { kind: 'gateway', apiId, tls, ...load };
}

/** Names of the bare reference's rows, which targets are ratios to. */
export const WS = 'ws';
export const WS_TLS = 'ws over TLS';

/** The api of bench/apps/template.yaml that most rows use. */
export const MAIN_API = 'benchmain1';

/** The first row is the base of the ratios; every row tells its targets. */
export function comparisonTable(
  outcomes: readonly (Outcome & Pick<Subject, 'targets'>)[],
  columns: readonly Column[],
): string {
  const [base] = outcomes;
  if (base === undefined) return '';
  const table = markdown(
    ['server', ...columns.map(({ title }) => title), 'target'],
    outcomes.map((outcome) => [
      outcome.name,
      ...columns.map((column) => cell(column, outcome, base)),
      (outcome.targets ?? []).map((target) => verdict(target, outcome, outcomes)).join('; '),
    ]),
  );
  return outcomes.some(heldBack) ? `${table}\n\n${HELD_BACK}` : table;
}

const BUSY_PERCENT = 85;
const HELD_BACK =
  'In some rows neither server nor generator had a core for itself: other work held them back. Go by the CPU there, not by the rate.';

function heldBack(outcome: Outcome): boolean {
  if (outcome.rounds.length === 0 || !Number.isNaN(medianOf(outcome, 'memory'))) return false;
  return (
    medianOf(outcome, 'server') < BUSY_PERCENT && medianOf(outcome, 'generator') < BUSY_PERCENT
  );
}

function cell({ measure, as }: Column, outcome: Outcome, base: Outcome): string {
  if (as === 'spread') return spread(figures(outcome, measure));
  const value = medianOf(outcome, measure);
  return figure(as === 'ratio' ? value / medianOf(base, measure) : value);
}
