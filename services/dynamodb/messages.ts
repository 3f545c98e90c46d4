// What the node and the database's worker thread tell each other.
import type { DynamoDbAnswer } from '#shared/store/dynamodb-calls.ts';
import type { OwnTables } from '#shared/store/own-tables.ts';

/** What a worker starts with. */
export interface WorkerSettings {
  readonly folder: string;
  readonly region: string;
  readonly accountId: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly sync: boolean;
  /** Epoch milliseconds of the node's clock. */
  readonly now: number;
  readonly own?: OwnTables;
}

/** A call of the node itself; `body` is the JSON of the operation's input. */
export interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly operation: string;
  readonly body: string;
}

/** What has become of the call with the same `id`. */
export interface CallAnswer extends DynamoDbAnswer {
  readonly kind: 'answer';
  readonly id: number;
}

/** From the node to the worker. `now` is the node's clock, which tests may move. */
export type ToWorker =
  Call | { readonly kind: 'reap'; readonly now: number } | { readonly kind: 'stop' };

/** From the worker to the node. */
export type FromWorker =
  | CallAnswer
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'reaped'; readonly dropped: number }
  | { readonly kind: 'failure'; readonly message: string; readonly stack: string }
  | { readonly kind: 'stopped' };
