// The embedded DynamoDB as the node sees it: a service with a URL, run in a thread of its own that the node asks directly.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Service } from '#shared/model/services.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { DynamoDbAnswer, DynamoDbTransport } from '#shared/store/dynamodb-calls.ts';
import type { OwnTables } from '#shared/store/own-tables.ts';
import { AskedCalls } from './asked-calls.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';

/** What the embedded DynamoDB needs to know. */
export interface EmbeddedDynamoDbOptions {
  /** The node's data folder, locked by the caller (`FolderLock`); the database is in `dynamodb` below it. */
  readonly dataDir: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tables that only requests with the token reach and list; absent: none. */
  readonly own?: OwnTables;
  /** Port on 127.0.0.1; default 0, a free one. */
  readonly port?: number;
  /** Wait for the disk (fsync) with every batch of writes; default: the operating system's cache, safe from a kill. */
  readonly sync?: boolean;
}

const REAP_MS = 60_000;
const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 5_000;

/**
 * Runs between `start` and `stop`; restarts its thread at the same address when that fails. The node itself asks it by
 * messages, which cost a fraction of what signed HTTP does on both sides, and sees its own tables.
 */
export class EmbeddedDynamoDb implements Service, DynamoDbTransport {
  readonly name = 'dynamodb';
  readonly #options: EmbeddedDynamoDbOptions;
  #worker: Worker | undefined;
  #port: number;
  #reapTimer: Timer | undefined;
  #reaping = false;
  #reapAgain = false;
  /** Callers of `reap`, in the order in which the thread answers them. */
  #reaped: PromiseWithResolvers<number>[] = [];
  readonly #calls = new AskedCalls();
  #started = false;
  #stopping = false;
  #restartMs = FIRST_RESTART_MS;
  #failure: string | undefined = 'the embedded DynamoDB is starting';

  constructor(options: EmbeddedDynamoDbOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  /** `http://127.0.0.1:{port}`, for the store and for functions on this machine; valid after `start`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Why the database is not ready, for `/readyz`; `undefined` when it is. */
  get notReady(): string | undefined {
    return this.#failure;
  }

  async start(): Promise<void> {
    await mkdir(join(this.#options.dataDir, 'dynamodb'), { recursive: true, mode: 0o700 });
    await this.#launch();
    this.#started = true;
    this.#scheduleReap();
  }

  /** Answers what has been asked, then closes the database. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#reapTimer?.cancel();
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    this.#tell({ kind: 'stop' });
    await exited;
  }

  /** Rejects when the thread does not run, ends, or says nothing for seconds. */
  ask(operation: string, body: string): Promise<DynamoDbAnswer> {
    if (this.#worker === undefined || this.#stopping) {
      return Promise.reject(new Error(this.#failure ?? 'the embedded DynamoDB has been stopped'));
    }
    const { id, answer } = this.#calls.begin();
    this.#tell({ kind: 'call', id, operation, body });
    return answer;
  }

  /** Drops what has run out by the node's clock, now; otherwise done every minute of that clock. */
  reap(): Promise<number> {
    if (this.#worker === undefined) return Promise.resolve(0);
    const reaped = Promise.withResolvers<number>();
    this.#reaped.push(reaped);
    this.#tell({ kind: 'reap', now: this.#options.clock.now() });
    return reaped.promise;
  }

  /** Starts a thread and waits until it listens. */
  async #launch(): Promise<void> {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: this.#settings(),
      name: 'dynamodb',
    });
    const listening = Promise.withResolvers<number>();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'answer') this.#calls.answered(message);
      else if (message.kind === 'listening') listening.resolve(message.port);
      else this.#hear(message);
    });
    worker.once('error', (error) => listening.reject(error));
    worker.once('exit', () => this.#ended(worker));
    worker.on('error', (error) =>
      this.#options.logger.error('the database thread failed', { error }),
    );
    this.#worker = worker;
    this.#port = await listening.promise;
    this.#failure = undefined;
    this.#restartMs = FIRST_RESTART_MS;
  }

  #settings(): WorkerSettings {
    const { dataDir, region, accountId, clock, own, sync = false } = this.#options;
    const folder = join(dataDir, 'dynamodb');
    const place = { folder, region, accountId, port: this.#port };
    return { ...place, sync, now: clock.now(), ...(own && { own }) };
  }

  #hear(message: FromWorker): void {
    const { logger } = this.#options;
    if (message.kind === 'failure') logger.error(message.message, { stack: message.stack });
    if (message.kind === 'reaped') {
      this.#reaped.shift()?.resolve(message.dropped);
      if (message.dropped > 0) logger.debug('dropped items that ran out', { ...message });
    }
  }

  /** A thread that ends unasked is started again at its address; what was durable is there. */
  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { resolve } of this.#reaped.splice(0)) resolve(0);
    this.#calls.fail(new Error('the thread of the embedded DynamoDB has ended'));
    if (this.#stopping || !this.#started) return;
    this.#failure = 'the embedded DynamoDB is being restarted';
    setTimeout(() => void this.#relaunch(), this.#restartMs).unref();
    this.#restartMs = Math.min(this.#restartMs * 2, LAST_RESTART_MS);
  }

  async #relaunch(): Promise<void> {
    if (this.#stopping) return;
    try {
      await this.#launch();
      this.#options.logger.warn('the database thread was restarted');
    } catch (error) {
      // Its end starts the next try.
      this.#failure = `the embedded DynamoDB does not start: ${(error as Error).message}`;
    }
  }

  /** A moved clock may be due many times at once: what comes while one is at work is one more, not many. */
  #scheduleReap(): void {
    if (this.#stopping) return;
    this.#reapTimer = this.#options.clock.after(REAP_MS, () => {
      this.#scheduleReap();
      if (this.#reaping) this.#reapAgain = true;
      else void this.#reapUntilDone();
    });
  }

  async #reapUntilDone(): Promise<void> {
    this.#reaping = true;
    do {
      this.#reapAgain = false;
      await this.reap();
    } while (this.#reapAgain);
    this.#reaping = false;
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
