// The function service: environments, code on disk, registry and invoker, with their start and stop.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bus, Subscription } from '#shared/model/bus.ts';
import type { Invoker } from '#shared/model/functions.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Service } from '#shared/model/services.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import { Capacity } from './capacity.ts';
import { CodeStore } from './code-store.ts';
import { Environment } from './environment.ts';
import type { EnvironmentEvents } from './environment.ts';
import { environmentVariables } from './environment-variables.ts';
import type { NodeVariables } from './environment-variables.ts';
import { EventQueue } from './event-queue.ts';
import type { GatewayAddress } from './frames.ts';
import { functionArn } from './function-record.ts';
import type { FunctionRecord } from './function-record.ts';
import { FUNCTION_CHANGED, Functions } from './functions.ts';
import type { FunctionName } from './functions.ts';
import { LocalInvoker } from './invoker.ts';
import { Keeper } from './keeper.ts';
import { LogStream, logStreamName } from './log.ts';
import type { FunctionLog } from './log.ts';
import { EnvironmentPool } from './pool.ts';
import { FunctionRegistry } from './registry.ts';
import { RemoteInvoker } from './remote-invoker.ts';

/** What the service needs of its node. */
export interface LambdaDeps {
  readonly store: ResourceStore;
  readonly blobs: BlobStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lines of functions; absent: nobody reads them, and none are made. */
  readonly functionLog?: FunctionLog;
}

/** Facts and choices of the node. Times in milliseconds. */
export interface LambdaOptions {
  /** Absolute path of the node's data; code lies in `functions/` below it. */
  readonly dataDir: string;
  readonly accountId: string;
  readonly limits: Limits;
  /** What a missing resource policy statement does: profile `aws` enforces, `open` warns. */
  readonly permissions: 'enforce' | 'warn';
  /** Asked whenever an environment starts, so ports may be known late. */
  readonly variables: () => NodeVariables;
  /** Where functions find the gateway; asked as `variables`. */
  readonly gateway?: () => GatewayAddress;
  /** Events one environment handles at the same time. Default 1, as on AWS. */
  readonly eventsPerEnvironment?: number;
  /** Whether START, END and REPORT lines go to `functionLog`. Default true, as on AWS; they cost more than an invocation. */
  readonly platformLines?: boolean;
  readonly environmentIdleMs?: number;
  /** Events of one function that may wait for an environment. */
  readonly queueLength?: number;
  /** The Lambda API that has the gateway's functions instead of this node (`AWS_ENDPOINT_URL_LAMBDA`). */
  readonly remote?: { readonly endpoint: string; readonly credentials: AccessKeys };
  /** Longest wait for running events when the node stops. */
  readonly drainMs?: number;
}

const DEFAULTS = { environmentIdleMs: 300_000, queueLength: 1024, drainMs: 10_000 } as const;
/** Handlers have this long to load (dg lambda-runtime-environment, "Init phase is limited to 10 seconds"), or their timeout. */
const INIT_MS = 10_000;
const GROW_AFTER_MS = 10;
const TICK_MS = 20;
const BOOTSTRAP = fileURLToPath(new URL('./runtime/bootstrap.ts', import.meta.url));

/** Functions of this node. `start` before anything is invoked; `stop` lets running events finish. */
export class LambdaService implements Service {
  readonly name = 'lambda';
  /** For the gateway: functions of this node, or elsewhere with the option `remote`. */
  readonly invoker: Invoker;
  /** Functions of this node, as its Lambda API invokes them. */
  readonly localInvoker: LocalInvoker;
  readonly functions: Functions;
  readonly registry: FunctionRegistry;
  readonly code: CodeStore;
  readonly #deps: LambdaDeps;
  readonly #options: LambdaOptions;
  readonly #wheel: TimingWheel;
  readonly #capacity: Capacity;
  readonly #keeper = new Keeper();
  readonly #events: EventQueue;
  readonly #remote: RemoteInvoker | undefined;
  #subscription: Subscription | undefined;

  constructor(deps: LambdaDeps, options: LambdaOptions) {
    this.#deps = deps;
    this.#options = options;
    const { clock, logger } = deps;
    this.#wheel = new TimingWheel(clock, TICK_MS);
    this.#capacity = new Capacity(options.limits.environments, availableParallelism());
    this.#events = new EventQueue(clock, logger);
    this.functions = new Functions(deps.store, (name) => this.#announce(name));
    this.registry = new FunctionRegistry(this.functions, (record) => this.#newPool(record));
    this.code = new CodeStore(join(options.dataDir, 'functions'), deps.blobs);
    this.localInvoker = new LocalInvoker(
      { registry: this.registry, events: this.#events, clock, wheel: this.#wheel, logger },
      options,
    );
    this.#remote = options.remote && this.#newRemote(options.remote);
    this.invoker = this.#remote ?? this.localInvoker;
  }

  async start(): Promise<void> {
    await this.code.start();
    this.#keeper.start();
    this.#subscription = await this.#deps.bus.subscribe(FUNCTION_CHANGED, (message) => {
      void this.#changed(message);
    });
    this.#deps.bus.onBack?.(() => void this.#catchUp());
  }

  async stop(_reason: string): Promise<void> {
    this.localInvoker.stop();
    this.#events.stop();
    await this.#subscription?.close();
    const pools = this.registry.pools;
    const late = this.#deps.clock.after(this.#options.drainMs ?? DEFAULTS.drainMs, () => {
      for (const pool of pools) pool.kill();
    });
    await this.registry.retireAll();
    late.cancel();
    this.#remote?.close();
    this.#keeper.stop();
    this.#wheel.stop();
  }

  /** Environments that are there, starting ones included; for metrics. */
  get environments(): number {
    return this.#capacity.used;
  }

  #newRemote(remote: NonNullable<LambdaOptions['remote']>): RemoteInvoker {
    const { accountId, limits } = this.#options;
    const responseBytes = limits.invokePayloadBytes;
    const { clock } = this.#deps;
    return new RemoteInvoker({ ...remote, accountId, responseBytes, clock, wheel: this.#wheel });
  }

  /**
   * The change is committed: a bus that is away cannot undo it, and the others read again when they reach it. This node
   * has taken it up before its caller hears of it.
   */
  async #announce(name: FunctionName): Promise<void> {
    const { bus, logger } = this.#deps;
    try {
      await bus.publish(FUNCTION_CHANGED, Buffer.from(JSON.stringify(name)));
    } catch (error) {
      logger.warn('a change is committed but not known everywhere', { ...name, error });
    }
    await this.#refresh(name);
  }

  #changed(message: Uint8Array): Promise<void> {
    return this.#refresh(JSON.parse(Buffer.from(message).toString('utf8')) as FunctionName);
  }

  async #refresh(name: FunctionName): Promise<void> {
    try {
      await this.registry.refresh(name);
    } catch (error) {
      this.#deps.logger.error('a changed function could not be read again', { ...name, error });
    }
  }

  async #catchUp(): Promise<void> {
    try {
      await this.registry.refreshAll();
    } catch (error) {
      this.#deps.logger.error('functions could not be read again', { error });
    }
  }

  #newPool(record: FunctionRecord): EnvironmentPool {
    const create = (events: EnvironmentEvents): Promise<Environment> =>
      this.#newEnvironment(record, events);
    const { environmentIdleMs, queueLength } = { ...DEFAULTS, ...this.#options };
    return new EnvironmentPool(
      { clock: this.#deps.clock, capacity: this.#capacity, create },
      {
        ...{ queueLength, growAfterMs: GROW_AFTER_MS, idleMs: environmentIdleMs },
        cores: availableParallelism(),
      },
    );
  }

  async #newEnvironment(record: FunctionRecord, events: EnvironmentEvents): Promise<Environment> {
    const { accountId, limits, variables, gateway, eventsPerEnvironment } = this.#options;
    const taskRoot = await this.code.folder(record.CodeHash);
    const timeoutMs = record.Timeout * 1000;
    const stream = logStreamName(Date.now(), randomUUID().replaceAll('-', ''));
    const place = { taskRoot, runtimeDir: dirname(BOOTSTRAP), logStream: stream };
    const address = gateway?.();
    return new Environment(
      {
        bootstrap: BOOTSTRAP,
        variables: {
          ...environmentVariables(record, variables(), place),
          NODE_COMPILE_CACHE: this.code.compileCache,
        },
        settings: {
          taskRoot,
          handler: record.Handler,
          functionArn: functionArn(record.Region, accountId, record.FunctionName),
          responseBytes: limits.invokePayloadBytes,
          timeoutMs,
          eventsPerEnvironment: eventsPerEnvironment ?? 1,
          ...(address === undefined ? {} : { gateway: address }),
        },
        memoryMb: record.MemorySize,
        initMs: Math.max(INIT_MS, timeoutMs),
      },
      { ...this.#deps, wheel: this.#wheel, keeper: this.#keeper, log: this.#logOf(record, stream) },
      events,
    );
  }

  #logOf(record: FunctionRecord, logStream: string): LogStream {
    const { Region: region, FunctionName: functionName, LogGroup: logGroup } = record;
    const identity = { region, functionName, logGroup, logStream };
    const platformLines = this.#options.platformLines ?? true;
    return new LogStream(identity, this.#deps.functionLog, { platformLines });
  }
}
