// Many events at once of functions that crash, hang and are replaced: each gets one answer, and nothing is left over.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FunctionRef } from '#shared/model/functions.ts';
import { OPEN_LIMITS } from '#shared/model/limits.ts';
import { startLambda } from '../../support/lambda.ts';

const SOURCE = `let busy = false;
exports.handler = async ({ kind, n }) => {
  if (busy) return 'two events at once';
  busy = true;
  if (kind === 'throw') { busy = false; throw new Error('thrown'); }
  if (kind === 'exit') process.exit(7);
  if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
  if (kind === 'late') setTimeout(() => { throw new Error('late'); }, 1);
  if (kind === 'loop') for (;;);
  await new Promise((done) => setTimeout(done, n % 7));
  busy = false;
  return n;
};`;
const KINDS = ['ok', 'ok', 'ok', 'throw', 'exit', 'kill', 'late', 'ok', 'ok', 'ok'];
const EVENTS = 120;

/** Processes of this machine that were started in `folder`. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`LAMBDA_TASK_ROOT=${folder}`);
    } catch {
      return false; // it has just ended
    }
  });
}

test('every event is answered once, by a process of its own', async () => {
  const lambda = await startLambda({ limits: { ...OPEN_LIMITS, environments: 4 } });
  const names = ['one', 'two', 'three'];
  const refs: FunctionRef[] = [];
  for (const name of names) {
    refs.push(await lambda.define({ 'index.js': SOURCE }, { FunctionName: name, Timeout: 2 }));
  }
  const answers = Array.from({ length: EVENTS }, async (_, n) => {
    const kind = n % 40 === 39 ? 'loop' : KINDS[n % KINDS.length];
    const ref = refs[n % refs.length];
    if (ref === undefined) throw new Error('no function');
    const result = await lambda.ask(ref, { kind, n });
    return { kind, n, ...result };
  });
  // In the middle of it all one function gets a new revision.
  await Promise.race(answers);
  await lambda.define({ 'index.js': SOURCE }, { FunctionName: 'two', Timeout: 2 });
  for (const { kind, n, error, answer } of await Promise.all(answers)) {
    if (kind === 'ok') expect(answer).toSatisfy((value) => value === n || error !== undefined);
    if (kind === 'throw') expect(answer).toMatchObject({ errorMessage: 'thrown' });
    if (kind === 'exit') expect(answer).toMatchObject({ errorType: 'Runtime.ExitError' });
    if (kind === 'kill') expect(answer).toMatchObject({ errorType: 'Runtime.ExitError' });
    if (kind === 'loop') expect(answer).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(answer).not.toBe('two events at once');
  }
  expect(lambda.service.environments).toBeLessThanOrEqual(4);
  const starts = lambda.lines.filter(({ message }) => message.startsWith('START '));
  const ends = lambda.lines.filter(({ message }) => message.startsWith('END '));
  expect([starts.length, ends.length]).toEqual([EVENTS, EVENTS]);
  expect(processesIn(lambda.dataDir).length).toBeGreaterThan(0);
  await lambda.close();
  expect(lambda.service.environments).toBe(0);
  expect(processesIn(lambda.dataDir)).toEqual([]);
}, 60_000);
