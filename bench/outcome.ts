// All rounds of one subject, and the figures that tables and targets take from them.
import type { Result, Stretch } from './scenarios/subject.ts';
import { median } from './table.ts';

/** All rounds of one subject. */
export interface Outcome {
  readonly name: string;
  readonly rounds: readonly Result[];
}

/** What is measured of an outcome. */
export type Measure = keyof typeof MEASURES;

/** Figures of a round; memory is only there where it was measured, closes are those of a storm. */
const MEASURES = {
  /** Operations a second. */
  rate: (round: Result) => rateOf(round),
  cpu: (round: Result) => cpuMicros(round),
  /** Share of a core that the server had, in per cent; above 100 it has used more than one. */
  server: ({ cpuSeconds, seconds }: Result) => (100 * cpuSeconds) / seconds,
  generator: ({ generatorCpuSeconds, seconds }: Result) => (100 * generatorCpuSeconds) / seconds,
  /** Resident kilobytes for an operation. */
  memory: ({ residentBytes = NaN, operations }: Result) => residentBytes / operations / 1024,
  /** Resident megabytes of the whole tree. */
  memoryInAll: ({ residentInAllBytes = NaN }: Result) => residentInAllBytes / 1024 ** 2,
  closeRate: ({ closing }: Result) => (closing === undefined ? NaN : rateOf(closing)),
  closeCpu: ({ closing }: Result) => (closing === undefined ? NaN : cpuMicros(closing)),
  resumed: ({ resumed = NaN, operations }: Result) => (100 * resumed) / operations,
  p50: ({ latencies }: Result) => at(latencies, 0.5),
  p99: ({ latencies }: Result) => at(latencies, 0.99),
} as const satisfies Record<string, (round: Result) => number>;

/** One figure for each round. */
export function figures({ rounds }: Outcome, measure: Measure): number[] {
  return rounds.map((round) => MEASURES[measure](round));
}

/** The median of the rounds; NaN where it was not measured. */
export function medianOf(outcome: Outcome, measure: Measure): number {
  return median(figures(outcome, measure));
}

function rateOf({ operations, seconds }: Stretch): number {
  return operations / seconds;
}

/** Microseconds of the server's process tree for an operation. */
export function cpuMicros({ operations, cpuSeconds }: Stretch): number {
  return (cpuSeconds / operations) * 1e6;
}

function at(latencies: readonly number[], part: number): number {
  return latencies[Math.floor((latencies.length - 1) * part)] ?? NaN;
}
