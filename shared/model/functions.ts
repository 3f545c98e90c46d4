// Port for invoking functions, wherever they run.

/** A function by its parts, as an ARN has them. */
export interface FunctionRef {
  readonly region: string;
  readonly accountId: string;
  readonly name: string;
  /** Version, alias or `$LATEST`; absent means `$LATEST`. */
  readonly qualifier?: string;
}

/** How to invoke. */
export interface InvokeOptions {
  /** Time the caller waits, in milliseconds; the function's own timeout counts beside it. Absent: only the function's. */
  readonly timeoutMs?: number;
  /** AWS's `InvocationType`: `Event` resolves as soon as the event is queued. Default `RequestResponse`. */
  readonly invocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  /** ARN of the route or authorizer on whose behalf API Gateway calls: its permission is checked. Absent: not checked. */
  readonly sourceArn?: string;
  readonly traceId?: string;
  /** Base64 JSON of `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  readonly logTail?: boolean;
}

/** What an invocation brought. A thrown error of the handler is a result with `functionError`, not an exception. */
export interface InvokeResult {
  /** JSON text as bytes; empty for `Event` and `DryRun`. */
  readonly payload: Buffer;
  readonly functionError?: 'Unhandled' | 'Handled';
  readonly executedVersion: string;
  readonly requestId: string;
  /** Last 4 KB of the log, base64, when `logTail` was asked for. */
  readonly logTail?: string;
}

/** Why a function could not be invoked at all. */
export type InvokeFailure =
  | 'NotFound'
  | 'AccessDenied'
  | 'Throttled'
  | 'TooLarge'
  | 'BadRequest'
  | 'TimedOut'
  | 'Unavailable';

/** Invokes functions. `event` is JSON text. Rejects with `InvokeError` (shared/exchange) for every `InvokeFailure`. */
export interface Invoker {
  invoke(
    ref: FunctionRef,
    event: Uint8Array | string,
    options: InvokeOptions,
  ): Promise<InvokeResult>;
}
