// One event on its way to an environment, and what comes back.
import type { LogTail } from './log.ts';

/** What an invocation ended in. */
export interface Outcome {
  /** JSON text. */
  readonly payload: Buffer;
  readonly functionError?: 'Unhandled';
}

/** An event to be handled. Empty texts stand for what is absent. */
export interface Job {
  readonly requestId: string;
  readonly event: Uint8Array | string;
  /** ARN it was invoked by, when that is not the function's own. */
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext: string;
  readonly tail: LogTail | undefined;
  /** Called once. */
  readonly settle: (outcome: Outcome) => void;
  /** Called instead of `settle` when no environment will take the event. */
  readonly refuse: (error: Error) => void;
}
