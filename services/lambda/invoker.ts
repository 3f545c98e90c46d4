// Invokes functions that run on this node: finds them in memory, checks permission and size, hands the event over.
import { randomUUID } from 'node:crypto';
import { InvokeError } from '#shared/exchange/errors.ts';
import type { FunctionRef, InvokeOptions, InvokeResult, Invoker } from '#shared/model/functions.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import type { EventQueue } from './event-queue.ts';
import { functionArn } from './function-record.ts';
import type { Job, Outcome } from './job.ts';
import { LogTail } from './log.ts';
import { addPermissionCommand } from './permission.ts';
import type { FunctionRegistry, RunnableFunction } from './registry.ts';

/** What the invoker works with. */
export interface InvokerDeps {
  readonly registry: FunctionRegistry;
  readonly events: EventQueue;
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly logger: Logger;
}

/** Facts and choices of the node. */
export interface InvokerOptions {
  readonly accountId: string;
  readonly limits: Limits;
  /** What a missing permission does to an invocation on behalf of API Gateway. */
  readonly permissions: 'enforce' | 'warn';
}

const NOTHING = Buffer.alloc(0);
/** What AWS's 6 MB of a response has over those of a request. */
const RESPONSE_EXTRA = 100;
/** AWS: an asynchronous event's limit (gettingstarted-limits, 1 MB since October 2025). */
const EVENT_BYTES = 1_048_576;
/** ARNs whose missing permission has been told; more are told again. */
const TOLD = 1024;

/** The `Invoker` over this node's environments. */
export class LocalInvoker implements Invoker {
  readonly #deps: InvokerDeps;
  readonly #options: InvokerOptions;
  readonly #requestBytes: number;
  readonly #told = new Set<string>();
  #stopping = false;

  constructor(deps: InvokerDeps, options: InvokerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#requestBytes = options.limits.invokePayloadBytes - RESPONSE_EXTRA;
  }

  async invoke(
    ref: FunctionRef,
    event: Uint8Array | string,
    options: InvokeOptions,
  ): Promise<InvokeResult> {
    const found =
      this.#deps.registry.find(ref.region, ref.name) ?? (await this.#deps.registry.load(ref));
    this.#checkFound(ref, found);
    if (this.#stopping) throw new InvokeError('Unavailable', 'the node is stopping');
    if (options.sourceArn !== undefined) this.#checkPermission(found, options.sourceArn);
    this.#checkSize(event, options.invocationType);
    switch (options.invocationType) {
      case 'DryRun':
        return { payload: NOTHING, executedVersion: '$LATEST', requestId: randomUUID() };
      case 'Event':
        return this.#queue(ref, event, options);
      default:
        return this.#run(ref, found, event, options);
    }
  }

  /** Refuses every further invocation; those that run go on. */
  stop(): void {
    this.#stopping = true;
  }

  #checkFound(
    ref: FunctionRef,
    found: RunnableFunction | undefined,
  ): asserts found is RunnableFunction {
    const latest = ref.qualifier === undefined || ref.qualifier === '$LATEST';
    if (found !== undefined && latest && ref.accountId === this.#options.accountId) return;
    const arn = functionArn(ref.region, ref.accountId, ref.name);
    throw new InvokeError('NotFound', `Function not found: ${arn}:${ref.qualifier ?? '$LATEST'}`);
  }

  #checkPermission(found: RunnableFunction, sourceArn: string): void {
    const { accountId, permissions } = this.#options;
    if (found.allows({ sourceArn, accountId })) return;
    const name = found.record.FunctionName;
    const effect = permissions === 'enforce' ? 'refused' : 'AWS would refuse it';
    const key = `${found.record.RevisionId} ${sourceArn}`;
    if (permissions === 'enforce' || !this.#told.has(key)) {
      if (this.#told.size >= TOLD) this.#told.clear();
      this.#told.add(key);
      this.#deps.logger.warn(
        `API Gateway has no permission to invoke ${name} (${effect}); to allow it: ${addPermissionCommand(name, sourceArn)}`,
        { functionName: name, sourceArn },
      );
    }
    if (permissions === 'warn') return;
    throw new InvokeError(
      'AccessDenied',
      `Invalid permissions on Lambda function: ${name} has no statement for ${sourceArn}`,
    );
  }

  #checkSize(event: Uint8Array | string, type: InvokeOptions['invocationType']): void {
    const length = event.length;
    const limit = type === 'Event' ? Math.min(EVENT_BYTES, this.#requestBytes) : this.#requestBytes;
    // A text of a third of the limit cannot be over it in UTF-8: most events are not measured.
    if (length * 3 <= limit) return;
    const bytes = typeof event === 'string' ? Buffer.byteLength(event) : length;
    if (bytes <= limit) return;
    throw new InvokeError(
      'TooLarge',
      `${bytes} byte payload is too large for the ${type ?? 'RequestResponse'} invocation type (limit ${limit} bytes)`,
    );
  }

  #queue(ref: FunctionRef, event: Uint8Array | string, options: InvokeOptions): InvokeResult {
    const requestId = randomUUID();
    this.#deps.events.add({
      requestId,
      name: ref.name,
      attempt: async () => {
        const found =
          this.#deps.registry.find(ref.region, ref.name) ?? (await this.#deps.registry.load(ref));
        this.#checkFound(ref, found);
        const result = await this.#run(ref, found, event, options, requestId);
        return result.functionError === undefined ? 'done' : 'failed';
      },
    });
    return { payload: NOTHING, executedVersion: '$LATEST', requestId };
  }

  #run(
    ref: FunctionRef,
    found: RunnableFunction,
    event: Uint8Array | string,
    options: InvokeOptions,
    requestId: string = randomUUID(),
  ): Promise<InvokeResult> {
    return new Promise((resolve, reject) => {
      const { wheel, clock } = this.#deps;
      const { timeoutMs } = options;
      const tail = options.logTail === true ? new LogTail() : undefined;
      const timer =
        timeoutMs === undefined || timeoutMs === Infinity
          ? undefined
          : wheel.schedule(clock.now() + timeoutMs, () => reject(timedOut(ref.name, timeoutMs)));
      const job: Job = {
        requestId,
        event,
        functionArn:
          ref.qualifier === undefined
            ? ''
            : `${functionArn(ref.region, ref.accountId, ref.name)}:${ref.qualifier}`,
        traceId: options.traceId ?? '',
        clientContext: options.clientContext ?? '',
        tail,
        settle: (outcome) => {
          if (timer !== undefined) wheel.cancel(timer);
          resolve(resultOf(outcome, requestId, tail));
        },
        refuse: (error) => {
          if (timer !== undefined) wheel.cancel(timer);
          reject(error);
        },
      };
      found.pool.submit(job);
    });
  }
}

function timedOut(name: string, timeoutMs: number): InvokeError {
  return new InvokeError('TimedOut', `${name} has not answered within ${timeoutMs} ms`);
}

function resultOf(outcome: Outcome, requestId: string, tail: LogTail | undefined): InvokeResult {
  const { payload, functionError } = outcome;
  return {
    payload,
    executedVersion: '$LATEST',
    requestId,
    ...(functionError === undefined ? {} : { functionError }),
    ...(tail === undefined ? {} : { logTail: tail.base64() }),
  };
}
