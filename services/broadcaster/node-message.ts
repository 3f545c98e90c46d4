// What nodes ask of each other about connections, as bytes: requests to topic `node.{id}` and their answers.
import { PushError } from '#shared/exchange/errors.ts';
import type { ConnectionDescription } from '#shared/model/connection.ts';

/** Whose connection it must be; of another api or stage it is as good as gone. */
export interface ConnectionScope {
  readonly apiId: string;
  readonly stageName: string;
}

/** One request to the node that has the connection. */
export type NodeRequest = {
  readonly connectionId: string;
  readonly scope?: ConnectionScope;
} & (
  | { readonly op: 'send'; readonly data: Uint8Array }
  | { readonly op: 'describe' }
  | { readonly op: 'disconnect'; readonly code: number; readonly reason: string }
);

/** Topic on which node `nodeId` answers. */
export const nodeTopic = (nodeId: string): string => `node.${nodeId}`;

const OPS = ['send', 'describe', 'disconnect'] as const;

/** Failures by their place in an answer, after 0 for success; places are kept for ever. */
const FAILURES = ['Gone', 'LimitExceeded', 'TooLarge', 'BadData'] as const;

const ID_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + 1;

/**
 * Layout: operation (1 byte), connection id (16), length of the scope (1), scope `{apiId}/{stageName}`, then the
 * payload of a send, or code (2) and reason of a disconnect. The id must have the format of a connection id.
 */
export function encodeRequest(request: NodeRequest): Buffer {
  const scope = scopeText(request.scope);
  const rest = payloadOf(request);
  const message = Buffer.allocUnsafe(HEAD_BYTES + scope.length + rest.length);
  message[0] = OPS.indexOf(request.op);
  message.write(request.connectionId, 1, ID_BYTES, 'latin1');
  message[1 + ID_BYTES] = scope.length;
  message.write(scope, HEAD_BYTES, scope.length, 'latin1');
  message.set(rest, HEAD_BYTES + scope.length);
  return message;
}

/** The request in `bytes`; throws if they are none. */
export function decodeRequest(bytes: Uint8Array): NodeRequest {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const op = OPS[message[0] ?? -1];
  const scopeLength = message[1 + ID_BYTES];
  if (op === undefined || scopeLength === undefined) throw new Error('not a request between nodes');
  const connectionId = message.toString('latin1', 1, 1 + ID_BYTES);
  const [apiId, stageName] = message
    .toString('latin1', HEAD_BYTES, HEAD_BYTES + scopeLength)
    .split('/');
  const rest = message.subarray(HEAD_BYTES + scopeLength);
  const scope = apiId && stageName ? { scope: { apiId, stageName } } : {};
  if (op === 'send') return { op, connectionId, ...scope, data: rest };
  if (op === 'describe') return { op, connectionId, ...scope };
  return {
    op,
    connectionId,
    ...scope,
    code: rest.readUInt16BE(0),
    reason: rest.toString('utf8', 2),
  };
}

/** Answer to a send or disconnect that succeeded. */
export const DONE: Buffer = Buffer.from([0]);

/** Answer to a describe that succeeded. */
export function encodeDescription(description: ConnectionDescription): Buffer {
  return Buffer.concat([DONE, Buffer.from(JSON.stringify(description))]);
}

/** Answer that `failure` prevented it. */
export function encodeFailure(failure: PushError['failure']): Buffer {
  return Buffer.from([FAILURES.indexOf(failure) + 1]);
}

/** The description in an answer; `undefined` where there is none. Throws the `PushError` that it tells. */
export function decodeAnswer(bytes: Uint8Array): ConnectionDescription | undefined {
  if (bytes[0] === 0) {
    if (bytes.length === 1) return undefined;
    return JSON.parse(Buffer.from(bytes.subarray(1)).toString()) as ConnectionDescription;
  }
  const failure = FAILURES[(bytes[0] ?? 0) - 1];
  if (failure === undefined) throw new Error('not an answer between nodes');
  throw new PushError(failure);
}

function scopeText(scope: ConnectionScope | undefined): string {
  return scope === undefined ? '' : `${scope.apiId}/${scope.stageName}`;
}

function payloadOf(request: NodeRequest): Uint8Array {
  if (request.op === 'send') return request.data;
  if (request.op === 'describe') return Buffer.alloc(0);
  const rest = Buffer.alloc(2 + Buffer.byteLength(request.reason));
  rest.writeUInt16BE(request.code, 0);
  rest.write(request.reason, 2);
  return rest;
}
