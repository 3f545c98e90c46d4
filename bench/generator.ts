// Process of its own for the load: takes one job as an argument, prints one result as JSON.
import { echo, type EchoOptions } from './scenarios/echo.ts';
import { fanOut, type FanOutOptions } from './scenarios/fan-out.ts';
import { idle, type IdleOptions } from './scenarios/idle.ts';
import { pushed, type PushedOptions } from './scenarios/pushed.ts';
import { storm, type StormOptions } from './scenarios/storm.ts';
import type { Result, Subject } from './scenarios/subject.ts';
import type { Place } from './servers/running.ts';
import { gatewaySubject, offlineSubject, referenceSubject } from './subjects.ts';

/** A scenario with its options, and what kind of server it meets. */
export type Job = (
  { readonly kind: 'reference' | 'offline' } | { readonly kind: 'gateway'; readonly apiId: string }
) & { readonly tls?: boolean } & Load;

/** A scenario with its options. */
export type Load =
  | { readonly scenario: 'echo'; readonly options: EchoOptions }
  | { readonly scenario: 'fanOut'; readonly options: FanOutOptions }
  | { readonly scenario: 'storm'; readonly options: StormOptions }
  | { readonly scenario: 'idle'; readonly options: IdleOptions }
  | { readonly scenario: 'pushed'; readonly options: PushedOptions };

interface Argument {
  readonly job: Job;
  readonly place: Place;
}

function subjectOf({ job, place }: Argument): Subject {
  const { tls = false } = job;
  switch (job.kind) {
    case 'reference':
      return referenceSubject(place, tls);
    case 'offline':
      return offlineSubject(place);
    case 'gateway':
      return gatewaySubject(place, tls, job.apiId);
  }
}

function run(job: Job, subject: Subject): Promise<Result> {
  switch (job.scenario) {
    case 'echo':
      return echo(subject, job.options);
    case 'fanOut':
      return fanOut(subject, job.options);
    case 'storm':
      return storm(subject, job.options);
    case 'idle':
      return idle(subject, job.options);
    case 'pushed':
      return pushed(subject, job.options);
  }
}

const argument = JSON.parse(process.argv[2] ?? '{}') as Argument;
const result = await run(argument.job, subjectOf(argument));
// Sockets that are still closing must not keep the process.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
