// The functions this node has invoked, ready to be invoked again: record, policy and environments, kept fresh by news.
import { InvokeError } from '#shared/exchange/errors.ts';
import { allowsGateway } from './permission.ts';
import type { Caller } from './permission.ts';
import type { FunctionRecord, PolicyRecord } from './function-record.ts';
import type { FunctionName, Functions } from './functions.ts';
import type { EnvironmentPool } from './pool.ts';

/** Verdicts kept for one policy; routes with paths in their ARN could bring any number. */
const VERDICTS = 1024;

/** A function as it is invoked. */
export class RunnableFunction {
  readonly record: FunctionRecord;
  readonly pool: EnvironmentPool;
  readonly #policy: PolicyRecord | undefined;
  readonly #verdicts = new Map<string, boolean>();

  constructor(record: FunctionRecord, policy: PolicyRecord | undefined, pool: EnvironmentPool) {
    this.record = record;
    this.#policy = policy;
    this.pool = pool;
  }

  /** Whether the policy lets API Gateway invoke the function for `caller`; judged once per ARN and policy. */
  allows(caller: Caller): boolean {
    let verdict = this.#verdicts.get(caller.sourceArn);
    if (verdict === undefined) {
      verdict = allowsGateway(this.#policy, caller);
      if (this.#verdicts.size >= VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(caller.sourceArn, verdict);
    }
    return verdict;
  }
}

/** Functions by name. `find` is synchronous and all that a warm invocation needs. */
export class FunctionRegistry {
  readonly #functions: Functions;
  readonly #newPool: (record: FunctionRecord) => EnvironmentPool;
  readonly #known = new Map<string, RunnableFunction>();
  /** Reads of one function follow one another, so that the newest wins. */
  readonly #reads = new Map<string, Promise<void>>();
  readonly #retiring = new Set<Promise<void>>();

  constructor(functions: Functions, newPool: (record: FunctionRecord) => EnvironmentPool) {
    this.#functions = functions;
    this.#newPool = newPool;
  }

  find(region: string, name: string): RunnableFunction | undefined {
    return this.#known.get(`${region}/${name}`);
  }

  /** Reads a function that has not been invoked here yet; `undefined` when there is none. */
  async load(name: FunctionName): Promise<RunnableFunction | undefined> {
    const running = this.#reads.get(`${name.region}/${name.name}`);
    await (running ?? this.#read(name));
    return this.find(name.region, name.name);
  }

  /** Takes up a change: of the code or settings by new environments, of the policy alone without. */
  async refresh(name: FunctionName): Promise<void> {
    if (this.#known.has(`${name.region}/${name.name}`)) await this.#read(name);
  }

  /** Takes up whatever has changed of all functions that are known here. */
  async refreshAll(): Promise<void> {
    const names = [...this.#known.values()].map(({ record }) => record);
    await Promise.all(
      names.map(({ Region: region, FunctionName: name }) => this.refresh({ region, name })),
    );
  }

  get pools(): EnvironmentPool[] {
    return [...this.#known.values()].map(({ pool }) => pool);
  }

  /** Retires everything; resolves when all environments have ended. */
  async retireAll(): Promise<void> {
    for (const { pool } of this.#known.values()) {
      this.#retire(pool, (job) =>
        job.refuse(new InvokeError('Unavailable', 'the node is stopping')),
      );
    }
    this.#known.clear();
    await Promise.all(this.#retiring);
  }

  async #read(name: FunctionName): Promise<void> {
    const key = `${name.region}/${name.name}`;
    const before = this.#reads.get(key) ?? Promise.resolve();
    const reading = before.then(
      () => this.#readNow(key, name),
      () => this.#readNow(key, name),
    );
    this.#reads.set(key, reading);
    try {
      await reading;
    } finally {
      if (this.#reads.get(key) === reading) this.#reads.delete(key);
    }
  }

  async #readNow(key: string, name: FunctionName): Promise<void> {
    const stored = await this.#functions.get(name);
    const old = this.#known.get(key);
    if (stored === undefined) {
      this.#known.delete(key);
      const gone = new InvokeError('NotFound', `Function not found: ${name.name}`);
      if (old !== undefined) this.#retire(old.pool, (job) => job.refuse(gone));
      return;
    }
    const same = old?.record.RevisionId === stored.record.RevisionId;
    const pool = same && old !== undefined ? old.pool : this.#newPool(stored.record);
    this.#known.set(key, new RunnableFunction(stored.record, stored.policy, pool));
    if (old !== undefined && !same) this.#retire(old.pool, (job) => pool.submit(job));
  }

  #retire(pool: EnvironmentPool, takeOver: Parameters<EnvironmentPool['retire']>[0]): void {
    const retiring = pool.retire(takeOver).finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }
}
