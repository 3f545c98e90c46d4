// Process of its own for the load: takes one job as an argument, prints one result as JSON.
import { echo } from './scenarios/echo.ts';
import { fanOut } from './scenarios/fan-out.ts';
import { idle } from './scenarios/idle.ts';
import { storm } from './scenarios/storm.ts';
import type { Result } from './scenarios/subject.ts';
import { gatewaySubject, referenceSubject } from './subjects.ts';

/** A scenario with its options. */
export type Job = (
  { readonly kind: 'reference' } | { readonly kind: 'gateway'; readonly apiId: string }
) & { readonly tls?: boolean } & (
    | { readonly scenario: 'echo'; readonly options: Parameters<typeof echo>[1] }
    | { readonly scenario: 'fanOut'; readonly options: Parameters<typeof fanOut>[1] }
    | { readonly scenario: 'storm'; readonly options: Parameters<typeof storm>[1] }
    | { readonly scenario: 'idle'; readonly options: Parameters<typeof idle>[1] }
  );

interface Argument {
  readonly job: Job;
  readonly server: { readonly port: number; readonly pid: number };
}

const { job, server } = JSON.parse(process.argv[2] ?? '{}') as Argument;
const place = { ...server, tls: job.tls === true };
const subject =
  job.kind === 'reference' ? referenceSubject(place) : gatewaySubject(place, job.apiId);

function run(): Promise<Result> {
  switch (job.scenario) {
    case 'echo':
      return echo(subject, job.options);
    case 'fanOut':
      return fanOut(subject, job.options);
    case 'storm':
      return storm(subject, job.options);
    case 'idle':
      return idle(subject, job.options);
  }
}

// Sockets that are still closing must not keep the process.
process.stdout.write(JSON.stringify(await run()), () => process.exit(0));
