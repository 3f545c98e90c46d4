// Moves the clock of a node that was started with `--test`.
import { request } from 'node:https';
import type { TestNode } from './node.ts';

/** Resolves with the status of the answer, once every timer that became due has run. */
export function advance(node: TestNode, advanceMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${node.ready.admin}/_postern/clock`;
    const call = request(url, { method: 'POST', agent: node.agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end(JSON.stringify({ advanceMs }));
  });
}
