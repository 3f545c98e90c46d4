// The type of a control-plane operation's handler.

/** Who signed a request. With `auth: open` everyone is `anonymous`. */
export interface Principal {
  readonly name: string;
  readonly accessKeyId: string;
  /** Its IAM policy as configured, JSON; absent means that everything is allowed. */
  readonly policy?: unknown;
}

/** What a handler knows of its request beside the input. */
export interface ControlContext {
  readonly region: string;
  readonly accountId: string;
  readonly principal: Principal;
  readonly requestId: string;
  /** Address of the client's socket; absent where no socket asks. */
  readonly remoteAddress?: string;
}

/** A control-plane operation: a plain function from the SDK's input type to its output type; throws `ServiceError`. */
export type Handler<Input, Output> = (input: Input, context: ControlContext) => Promise<Output>;
