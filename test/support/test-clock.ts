// Moves the clock of a node that was started with `--test`, or empties it.
import { request } from 'node:https';
import type { TestNode } from './node.ts';

/** Resolves with the status of the answer, once every timer that became due has run. */
export const advance = (node: TestNode, advanceMs: number): Promise<number> =>
  post(node, '/_postern/clock', JSON.stringify({ advanceMs }));

/** Empties the node; resolves with the status of the answer. */
export const reset = (node: TestNode): Promise<number> => post(node, '/_postern/reset', '');

function post(node: TestNode, path: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${node.ready.admin}${path}`;
    const call = request(url, { method: 'POST', agent: node.agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end(body);
  });
}
