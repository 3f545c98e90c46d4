// What the node and the database's worker thread tell each other.
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

/** From the node to the worker. `now` is the node's clock, which tests may move. */
export type ToWorker = { readonly kind: 'reap'; readonly now: number } | { readonly kind: 'stop' };

/** From the worker to the node. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'reaped'; readonly dropped: number }
  | { readonly kind: 'failure'; readonly message: string; readonly stack: string }
  | { readonly kind: 'stopped' };
