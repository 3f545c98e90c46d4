// The environments of one function in one revision: reuse last in first out, growth under load, a bounded queue.
import { InvokeError } from '#shared/exchange/errors.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Capacity, Tenant } from './capacity.ts';
import type { Environment, EnvironmentEvents } from './environment.ts';
import type { Job } from './job.ts';

/** How a pool behaves. */
export interface PoolOptions {
  /** Events that may wait for an environment; beyond it invocations are throttled. */
  readonly queueLength: number;
  /** A waiting event gets another environment when the present ones have not taken it after this time. */
  readonly growAfterMs: number;
  /** Processes that can run at the same time. */
  readonly cores: number;
  /** An environment without events ends after this time. */
  readonly idleMs: number;
}

/** Times `growAfterMs` without an answer until handlers that have not waited so far are thought to wait. */
const SILENCE = 10;

/** What a pool uses. `create` may reject: then the code is not to be had. */
export interface PoolDeps {
  readonly clock: Clock;
  readonly capacity: Capacity;
  readonly create: (events: EnvironmentEvents) => Promise<Environment>;
}

interface Waiting {
  readonly job: Job;
  readonly since: number;
}

/** Runs jobs of one function. */
export class EnvironmentPool implements Tenant {
  readonly #deps: PoolDeps;
  readonly #options: PoolOptions;
  readonly #all = new Set<Environment>();
  /** Environments with room; the last used is the last one. */
  readonly #free: Environment[] = [];
  readonly #events: EnvironmentEvents;
  #queue: Waiting[] = [];
  #starting = 0;
  #yields = false;
  #growTimer: Timer | undefined;
  /** Since the queue was last looked at: answers, and those among them whose handlers had waited for something. */
  #answered = 0;
  #waited = 0;
  /** Whether the handlers wait for something, as of the last answers seen; unknown means yes. */
  #waits = true;
  /** When answers were last seen by whoever looks at the queue. */
  #answeredAt = 0;
  #idleTimer: Timer | undefined;
  #retired: (() => void) | undefined;
  #takeOver: ((job: Job) => void) | undefined;

  constructor(deps: PoolDeps, options: PoolOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#events = {
      ready: (environment) => this.#ready(environment),
      freed: (environment) => this.#answeredBy(environment),
      returned: (jobs) => this.#returned(jobs),
      gone: (environment, initError) => this.#gone(environment, initError),
    };
    deps.capacity.join(this);
  }

  /** Environments that are there, starting ones included. */
  get size(): number {
    return this.#all.size;
  }

  /** Runs `job` now, or when an environment is free; refuses it with `Throttled` when too many wait. */
  submit(job: Job): void {
    const environment = this.#lastFree();
    if (environment !== undefined) return this.#run(environment, job);
    if (this.#queue.length >= this.#options.queueLength) {
      return job.refuse(new InvokeError('Throttled', 'Rate Exceeded.'));
    }
    this.#queue.push({ job, since: this.#deps.clock.now() });
    this.#wantMore();
  }

  /**
   * No more jobs will come: idle environments end now, others after their jobs. Resolves when all have ended.
   * Jobs still waiting are given to `takeOver`.
   */
  retire(takeOver: (job: Job) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#retired = resolve;
    this.#takeOver = takeOver;
    const waiting = this.#queue;
    this.#queue = [];
    this.#growTimer?.cancel();
    this.#idleTimer?.cancel();
    for (const { job } of waiting) takeOver(job);
    for (const environment of this.#all) if (environment.load === 0) environment.kill();
    this.#endIfDone();
    return promise;
  }

  /** Ends all environments, busy ones too. */
  kill(): void {
    for (const environment of this.#all) environment.kill();
  }

  get oldestIdle(): number | undefined {
    return this.#free.find(({ load }) => load === 0)?.idleSince;
  }

  evictIdle(): void {
    const environment = this.#free.find(({ load }) => load === 0);
    if (environment !== undefined) this.#end(environment);
  }

  yieldOne(): void {
    this.#yields = true;
  }

  roomAgain(): void {
    if (this.#queue.length > 0) this.#wantMore();
  }

  /** The last used environment with room; those whose process has just died are dropped on the way. */
  #lastFree(): Environment | undefined {
    let last = this.#free.at(-1);
    while (last !== undefined && !last.hasRoom) {
      this.#free.pop();
      last = this.#free.at(-1);
    }
    return last;
  }

  #run(environment: Environment, job: Job): void {
    environment.run(job);
    if (!environment.hasRoom) this.#free.pop();
  }

  /** The first environment starts at once; further ones when those that are there do not keep up. */
  #wantMore(): void {
    if (this.#all.size === 0 && this.#starting === 0) this.#grow();
    if (this.#queue.length > this.#starting) this.#growLater();
  }

  /** Looks again when the first waiting event will have waited long enough. */
  #growLater(): void {
    const { growAfterMs } = this.#options;
    const waited = this.#deps.clock.now() - (this.#queue[0]?.since ?? 0);
    this.#lookAgain(waited < growAfterMs ? growAfterMs - waited : growAfterMs);
  }

  #lookAgain(ms: number): void {
    this.#growTimer ??= this.#deps.clock.after(ms, () => {
      this.#growTimer = undefined;
      const [first] = this.#queue;
      if (first === undefined || this.#queue.length <= this.#starting) return;
      const waited = this.#deps.clock.now() - first.since;
      if (waited >= this.#options.growAfterMs && this.#moreHelps()) this.#grow();
      this.#growLater();
    });
  }

  /**
   * Handlers that answer without waiting need a processor, not a place: where each has an environment already, one more
   * would only take turns with them. No answer at all for a while tells that the handlers are at something else now.
   */
  #moreHelps(): boolean {
    const { cores, growAfterMs } = this.#options;
    const now = this.#deps.clock.now();
    if (this.#answered > 0) {
      this.#waits = this.#waited * 2 >= this.#answered;
      this.#answered = 0;
      this.#waited = 0;
      this.#answeredAt = now;
    }
    return this.#all.size < cores || this.#waits || now - this.#answeredAt > SILENCE * growAfterMs;
  }

  #grow(): void {
    if (!this.#deps.capacity.take(this)) return;
    this.#starting++;
    this.#deps.create(this.#events).then(
      (environment) => this.#created(environment),
      (error: unknown) => this.#notCreated(error),
    );
  }

  #created(environment: Environment): void {
    this.#all.add(environment);
    if (this.#retired !== undefined) environment.kill();
  }

  /** The code cannot be had: nobody would ever take what waits. */
  #notCreated(error: unknown): void {
    this.#starting--;
    const waiting = this.#queue;
    this.#queue = [];
    this.#deps.capacity.started();
    this.#deps.capacity.release();
    const message = error instanceof Error ? error.message : String(error);
    for (const { job } of waiting)
      job.refuse(new InvokeError('Unavailable', message, { cause: error }));
    this.#endIfDone();
  }

  #ready(environment: Environment): void {
    this.#starting--;
    this.#deps.capacity.started();
    this.#freed(environment);
  }

  #answeredBy(environment: Environment): void {
    this.#answered++;
    if (environment.waited) this.#waited++;
    this.#freed(environment);
  }

  #freed(environment: Environment): void {
    if (this.#retired !== undefined) {
      if (environment.load === 0) environment.kill();
      return;
    }
    if (this.#yields && environment.load === 0 && this.#all.size > 1) {
      this.#yields = false;
      return this.#end(environment);
    }
    while (environment.hasRoom && this.#queue.length > 0) {
      const next = this.#queue.shift();
      if (next !== undefined) environment.run(next.job);
    }
    if (!environment.hasRoom) return this.#sendAhead(environment);
    environment.idleSince = this.#deps.clock.now();
    if (!this.#free.includes(environment)) this.#free.push(environment);
    this.#watchIdle();
  }

  /**
   * Where every processor has an environment already, what waits is sent ahead to one that answers without waiting; not
   * while one is to be given up, which would never be without an event.
   */
  #sendAhead(environment: Environment): void {
    if (this.#all.size < this.#options.cores || (this.#yields && this.#all.size > 1)) return;
    while (environment.hasRoomAhead && this.#queue.length > 0) {
      const next = this.#queue.shift();
      if (next !== undefined) environment.run(next.job);
    }
  }

  /** They are first again, and have waited for as long as the first of the others at least. */
  #returned(jobs: readonly Job[]): void {
    const takeOver = this.#takeOver;
    if (takeOver !== undefined) return jobs.forEach(takeOver);
    const since = this.#queue[0]?.since ?? this.#deps.clock.now();
    this.#queue.unshift(...jobs.map((job) => ({ job, since })));
    for (let free = this.#lastFree(); free !== undefined; free = this.#lastFree()) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#run(free, next.job);
    }
    this.#wantMore();
  }

  #gone(environment: Environment, initError: Buffer | undefined): void {
    this.#all.delete(environment);
    this.#forget(environment);
    if (initError !== undefined) {
      this.#starting--;
      this.#deps.capacity.started();
      this.#failWaiting(initError);
    }
    this.#deps.capacity.release();
    if (this.#queue.length > 0) this.#wantMore();
    this.#endIfDone();
  }

  /** The handler cannot be loaded: what waits gets that as its answer, unless other environments are at work. */
  #failWaiting(initError: Buffer): void {
    if (this.#all.size > this.#starting) return;
    const waiting = this.#queue;
    this.#queue = [];
    for (const { job } of waiting) job.settle({ payload: initError, functionError: 'Unhandled' });
  }

  #end(environment: Environment): void {
    this.#forget(environment);
    environment.kill();
  }

  #forget(environment: Environment): void {
    const at = this.#free.indexOf(environment);
    if (at >= 0) this.#free.splice(at, 1);
  }

  /** One timer while anything is idle; the longest idle are the first of the list. */
  #watchIdle(): void {
    const { clock } = this.#deps;
    this.#idleTimer ??= clock.after(this.#options.idleMs, () => {
      this.#idleTimer = undefined;
      const before = clock.now() - this.#options.idleMs;
      for (const environment of [...this.#free]) {
        if (environment.load === 0 && environment.idleSince <= before) this.#end(environment);
      }
      if (this.#free.length > 0) this.#watchIdle();
    });
  }

  #endIfDone(): void {
    if (this.#retired === undefined || this.#all.size > 0 || this.#starting > 0) return;
    this.#deps.capacity.leave(this);
    this.#retired();
  }
}
