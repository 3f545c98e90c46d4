// Runs a job in a generator process of its own, on the generator's core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Job } from './generator.ts';
import type { Result } from './scenarios/subject.ts';
import { GENERATOR_CORE, type Place } from './servers/running.ts';

const LONGEST_MS = 180_000;

/** One run of `job` against the server at `place`; rejects when the generator fails. */
export async function generate(job: Job, place: Place): Promise<Result> {
  const script = join(import.meta.dirname, 'generator.ts');
  const { port, pids, pushPort, admin, ca } = place;
  const argument = JSON.stringify({ job, place: { port, pids, pushPort, admin, ca } });
  const command = ['-c', GENERATOR_CORE, process.execPath, script, argument];
  const child = spawn('taskset', command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_MS,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`the generator ended with ${status}`);
  return JSON.parse(Buffer.concat(chunks).toString()) as Result;
}
