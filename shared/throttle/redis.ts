// A connection to Redis for counting: runs scripts, each over one key, and knows whether Redis is away.
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { CountsUnavailableError } from '#shared/exchange/errors.ts';
import type { Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** Where Redis is. */
export interface RedisCountsOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Begins all keys, so that clusters may share a Redis; default `postern`. */
  readonly prefix?: string;
}

/** A script with its digest, by which Redis knows it. */
export interface CountScript {
  readonly text: string;
  readonly sha: string;
}

/** Makes a script. It may use no other key than KEYS[1]. */
export const countScript = (text: string): CountScript => ({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
});

const COMMAND_MS = 1000;
const LAST_RETRY_MS = 3000;
/** While Redis is away it is asked once in this time. */
const RETRY_MS = 1000;

/** What all counts in Redis go through. Never keeps a node from starting, and tells of an absence once. */
export class RedisCounts implements Service {
  readonly name = 'counts';
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #listeners: (() => void)[] = [];
  /** Whether Redis does not answer, as at the beginning. */
  #away = true;
  #told = false;
  #retryAt = 0;

  constructor({ url, logger, prefix = 'postern' }: RedisCountsOptions) {
    this.#logger = logger;
    this.#prefix = prefix;
    this.#redis = new Redis(url, {
      enableOfflineQueue: false,
      commandTimeout: COMMAND_MS,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LAST_RETRY_MS),
    });
    this.#redis.on('error', (error: Error) => this.#lost(error));
    this.#redis.on('ready', () => this.#found());
  }

  /** Does not wait for Redis: limits work without it. */
  async start(): Promise<void> {
    await Promise.resolve();
  }

  /** Resolves once Redis answers; for tests. */
  async ready(): Promise<void> {
    if (this.#redis.status !== 'ready') {
      await new Promise<void>((resolve) => this.#redis.once('ready', () => resolve()));
    }
  }

  async stop(): Promise<void> {
    await Promise.resolve(this.#redis.disconnect());
  }

  /** Whether the last question went unanswered. */
  get away(): boolean {
    return this.#away;
  }

  /** Whether it is worth asking: Redis is there, or has not been asked for a while. */
  get worthAsking(): boolean {
    return !this.#away || Date.now() >= this.#retryAt;
  }

  /** Calls `listener` whenever Redis answers again after it was told to be away. */
  onBack(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Runs a script over one key; rejects with `CountsUnavailableError` when Redis does not answer. */
  async run(
    script: CountScript,
    key: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (!this.worthAsking) throw new CountsUnavailableError('Redis is away');
    try {
      const answer = await this.#eval(script, `${this.#prefix}:${key}`, args);
      this.#found();
      return answer;
    } catch (error) {
      this.#lost(error);
      throw new CountsUnavailableError('Redis does not answer', { cause: error });
    }
  }

  /** The text goes along only when Redis does not know it. */
  async #eval(
    { text, sha }: CountScript,
    key: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#redis.evalsha(sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#redis.eval(text, 1, key, ...args);
    }
  }

  #lost(error: unknown): void {
    this.#away = true;
    this.#retryAt = Date.now() + RETRY_MS;
    if (this.#told) return;
    this.#told = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn('Redis is away: this node counts requests and usage by itself', { reason });
  }

  #found(): void {
    this.#away = false;
    if (!this.#told) return;
    this.#told = false;
    this.#logger.info('Redis is back: requests and usage are counted for all nodes together');
    for (const listener of this.#listeners) listener();
  }
}
