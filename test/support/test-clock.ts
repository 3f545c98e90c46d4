// Moves the clock of a node that was started with `--test`, or empties it.
import { request } from 'node:https';
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import type { TestNode } from './node.ts';

/** Resolves with the status of the answer, once every timer that became due has run. */
export const advance = (node: TestNode, advanceMs: number, keys?: AccessKeys): Promise<number> =>
  post(node, '/_postern/clock', { body: JSON.stringify({ advanceMs }), ...(keys && { keys }) });

/** Empties the node; resolves with the status of the answer. */
export const reset = (node: TestNode, keys?: AccessKeys): Promise<number> =>
  post(node, '/_postern/reset', { body: '', ...(keys && { keys }) });

function post(
  node: TestNode,
  path: string,
  { body, keys }: { readonly body: string; readonly keys?: AccessKeys },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${node.ready.admin}${path}`;
    const { host } = new URL(url);
    const unsigned = { method: 'POST', path, host, headers: {}, body: Buffer.from(body) };
    const headers = keys && new RequestSigner(keys, 'postern').sign(unsigned, node.ready.region);
    const options = { method: 'POST', agent: node.agent, ...(headers && { headers }) };
    const call = request(url, options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end(body);
  });
}
