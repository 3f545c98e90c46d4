// Runs a job in a generator process of its own, on the generator's core.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Job } from './generator.ts';
import type { Result } from './scenarios/subject.ts';
import { GENERATOR_CORE, type Server } from './servers/running.ts';

/** One run of `job` against `server`; throws when the generator fails. */
export function generate(job: Job, server: Server): Result {
  const script = join(import.meta.dirname, 'generator.ts');
  const argument = JSON.stringify({ job, server: { port: server.port, pid: server.pid } });
  const command = ['-c', GENERATOR_CORE, process.execPath, script, argument];
  const { stdout, status } = spawnSync('taskset', command, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`the generator ended with ${status}`);
  return JSON.parse(stdout) as Result;
}
