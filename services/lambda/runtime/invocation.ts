// One event in an environment: calls the handler in any of its forms and sends exactly one answer.
import { types } from 'node:util';
import { FRAME } from '../frames.ts';
import type { DecodedInvoke } from '../frames.ts';
import type { Channel } from './channel.ts';
import type { LogWriter } from './console.ts';
import { errorDocument, loggedError, RuntimeError } from './errors.ts';
import type { HandlerFunction } from './load.ts';
import { isStreaming, runStreaming, StreamedPayload } from './streaming.ts';

/** What all invocations of an environment share. */
export interface Runner {
  readonly handler: HandlerFunction;
  readonly channel: Channel;
  readonly log: LogWriter;
  readonly functionArn: string;
  /** Members of the context object that are the same for every event. */
  readonly identity: Readonly<Record<string, string | undefined>>;
  readonly responseBytes: number;
  readonly timeoutMs: number;
  /** Runtimes before Node.js 24 pass a callback and wait for it. */
  readonly callbacks: boolean;
  /** Called once the answer of `invocation` has been sent. */
  readonly ended: (invocation: Invocation) => void;
}

/** The answer a callback gave, held back until the event loop is empty. */
interface Answer {
  readonly type: number;
  readonly payload: Buffer;
}

/** An event being handled. */
export class Invocation {
  readonly index: number;
  readonly requestId: string;
  readonly turn: number;
  readonly beganAt = performance.now();
  readonly #runner: Runner;
  readonly #frame: DecodedInvoke;
  #waits = true;
  #promised = false;
  #called = false;
  #held: Answer | undefined;
  #sent = false;

  constructor(runner: Runner, frame: DecodedInvoke) {
    this.index = frame.index;
    this.requestId = frame.requestId;
    this.turn = runner.channel.turn();
    this.#runner = runner;
    this.#frame = frame;
  }

  /** Calls the handler; never throws. */
  run(): void {
    const { traceId } = this.#frame;
    if (traceId !== '') process.env._X_AMZN_TRACE_ID = traceId;
    try {
      this.#take(this.#call());
    } catch (error) {
      this.fail(error);
    }
  }

  /** Sends an error document, and logs it as the runtime does. */
  fail(error: unknown, logged = 'Invoke Error'): void {
    if (this.#sent) return;
    this.#runner.log('ERROR', logged, `\t${loggedError(error)}`);
    this.#send(failure(error));
  }

  /** The event loop has nothing left: time for a held answer, or the proof that none will come. */
  loopEmpty(): void {
    if (this.#held !== undefined) return this.#send(this.#held);
    if (!this.#promised) return this.#send({ type: FRAME.result, payload: Buffer.from('null') });
    this.fail(
      new RuntimeError(
        'Runtime.NodeJsExit',
        'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
      ),
    );
  }

  #call(): unknown {
    const { handler, callbacks } = this.#runner;
    const event = parseEvent(this.#frame.event);
    const context = this.#context();
    if (isStreaming(handler)) return runStreaming(handler, event, context);
    if (!callbacks) return handler(event, context);
    return handler(event, context, (error: unknown, result: unknown) =>
      this.#settle(error, result, this.#waits),
    );
  }

  /** What the handler returned: a promise is waited for, anything else counts only where there are no callbacks. */
  #take(returned: unknown): void {
    if (types.isPromise(returned) || isThenable(returned)) {
      this.#promised = true;
      returned.then(
        (result: unknown) => this.#settle(undefined, result, false),
        (error: unknown) => this.#once(() => this.fail(error)),
      );
    } else if (!this.#runner.callbacks) {
      this.#settle(undefined, returned, false);
    }
  }

  #settle(error: unknown, result: unknown, waits: boolean): void {
    this.#once(() => {
      if (error !== undefined && error !== null) return this.fail(error);
      const answer = this.#success(result);
      if (waits) this.#held = answer;
      else this.#send(answer);
    });
  }

  #once(action: () => void): void {
    if (this.#called) return;
    this.#called = true;
    action();
  }

  #success(result: unknown): Answer {
    const payload = serialize(result);
    const { responseBytes } = this.#runner;
    if (payload === undefined) return failure(new Error('Unable to stringify response body'));
    if (payload.length <= responseBytes) return { type: FRAME.result, payload };
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${responseBytes} bytes).`;
    const document = { errorMessage, errorType: 'Function.ResponseSizeTooLarge' };
    return { type: FRAME.failure, payload: Buffer.from(JSON.stringify(document)) };
  }

  #send(answer: Answer): void {
    if (this.#sent) return;
    this.#sent = true;
    this.#called = true;
    this.#runner.channel.answer(answer.type, this, answer.payload);
    this.#runner.ended(this);
  }

  #context(): object {
    const { functionArn, clientContext } = this.#frame;
    const deadline = this.#frame.deadline || Date.now() + this.#runner.timeoutMs;
    const read = (): boolean => this.#waits;
    const write = (value: unknown): void => {
      this.#waits = Boolean(value);
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return read();
      },
      set callbackWaitsForEmptyEventLoop(value: boolean) {
        write(value);
      },
      ...this.#runner.identity,
      clientContext: parseClientContext(clientContext),
      identity: undefined,
      invokedFunctionArn: functionArn === '' ? this.#runner.functionArn : functionArn,
      awsRequestId: this.requestId,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    return this.#runner.callbacks ? Object.assign(context, this.#oldCallbacks()) : context;
  }

  /** `succeed`, `fail` and `done` of runtimes before Node.js 24; they never wait for the event loop. */
  #oldCallbacks(): object {
    const done = (error?: unknown, result?: unknown): void => this.#settle(error, result, false);
    return {
      done,
      succeed: (result: unknown) => done(undefined, result),
      fail: (error: unknown) => done(error ?? 'handled'),
    };
  }
}

function failure(error: unknown): Answer {
  return { type: FRAME.failure, payload: Buffer.from(JSON.stringify(errorDocument(error))) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** JSON of a result; `undefined` when it has none (circular, BigInt). A stream's bytes go as they are. */
function serialize(result: unknown): Buffer | undefined {
  if (result instanceof StreamedPayload) return result.bytes;
  try {
    return Buffer.from(JSON.stringify(result === undefined ? null : result) ?? 'null');
  } catch {
    // The caller reports it with the runtime's own text.
    return undefined;
  }
}

function parseEvent(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8')) as unknown;
}

function parseClientContext(base64: string): unknown {
  if (base64 === '') return undefined;
  return JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as unknown;
}
