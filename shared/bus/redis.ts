// The bus over Redis (7 or Valkey): publish and subscribe, and requests whose answers come back on the asker's own channel.
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { BusUnavailableError, NoResponderError } from '#shared/exchange/errors.ts';
import type { Bus, Subscription } from '#shared/model/bus.ts';
import type { Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  type Question,
} from './redis-frame.ts';

/** Where Redis is. */
export interface RedisBusOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger: Logger;
  /** Begins all channels, so that clusters may share a Redis; default `postern`. */
  readonly prefix?: string;
}

type Listener = (message: Uint8Array) => void;
type Responder = (message: Uint8Array) => Promise<Uint8Array>;

const CONNECT_MS = 5_000;
const COMMAND_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 3_000;
const NAME_BYTES = 9;
const STARTING = 'the bus is starting';

const OPTIONS = {
  connectTimeout: CONNECT_MS,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: (times: number) =>
    Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), LAST_RETRY_MS) * (0.5 + Math.random() / 2),
};

/**
 * One node's bus: one connection to publish, one to listen. While Redis is away `publish` and `request` reject with
 * `BusUnavailableError`, and subscriptions wait; they are all there again when it is back. What was published
 * meanwhile is lost: delivery is at most once.
 */
export class RedisBus implements Bus, Service {
  readonly name = 'bus';
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #me = randomBytes(NAME_BYTES).toString('base64url');
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #asked = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #answers: Promise<unknown> | undefined;
  #nextId = 0;
  /** Settled when Redis is there, or never will be. */
  #up: PromiseWithResolvers<void> | undefined;
  #failure: string | undefined = STARTING;
  #closed = false;
  readonly #backListeners: (() => void)[] = [];

  constructor({ url, logger, prefix = 'postern' }: RedisBusOptions) {
    this.#logger = logger;
    this.#prefix = prefix;
    // A command that cannot go out now fails now; only subscriptions wait for Redis to come back.
    this.#publisher = new Redis(url, {
      ...OPTIONS,
      enableOfflineQueue: false,
      commandTimeout: COMMAND_MS,
    });
    this.#subscriber = new Redis(url, { ...OPTIONS, maxRetriesPerRequest: null });
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: Error) =>
        this.#fail(`Redis at ${placeOf(url)}: ${textOf(error)}`),
      );
      client.on('close', () => this.#lost(`Redis at ${placeOf(url)}: connection closed`));
      client.on('ready', () => this.#recover());
    }
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      this.#deliver(channel.toString(), message),
    );
  }

  /** Why the bus does not work, for `/readyz`; `undefined` when it does. */
  get notReady(): string | undefined {
    return this.#failure;
  }

  /** Resolves when Redis is there, however long that takes; rejects only when `close` was called meanwhile. */
  async start(): Promise<void> {
    this.#assertOpen();
    if (this.#failure !== undefined) await (this.#up ??= Promise.withResolvers()).promise;
  }

  /** The service's end: `close`. */
  stop(): Promise<void> {
    return this.close();
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    await this.#send(this.#channel('m', topic), message);
  }

  subscribe(topic: string, listener: Listener): Promise<Subscription> {
    return this.#listen(this.#channel('m', topic), listener);
  }

  respond(topic: string, responder: Responder): Promise<Subscription> {
    return this.#listen(this.#channel('q', topic), (frame) => {
      const question = decodeQuestion(Buffer.from(frame));
      if (question !== undefined) void this.#answer(topic, responder, question);
    });
  }

  async request(topic: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    this.#assertOpen();
    if (this.#failure !== undefined) throw new BusUnavailableError(this.#failure);
    const id = (this.#nextId = (this.#nextId + 1) >>> 0);
    const answer = Promise.withResolvers<Uint8Array>();
    this.#asked.set(id, answer);
    const late = new NoResponderError(`no answer from ${topic} in ${timeoutMs} ms`);
    const timer = setTimeout(() => answer.reject(late), timeoutMs);
    try {
      const asked = this.#ask(topic, encodeQuestion(this.#me, id, message));
      return await Promise.race([answer.promise, asked.then(() => answer.promise)]);
    } finally {
      clearTimeout(timer);
      this.#asked.delete(id);
    }
  }

  onBack(listener: () => void): void {
    this.#backListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
    for (const { reject } of [
      ...this.#asked.values(),
      ...(this.#up === undefined ? [] : [this.#up]),
    ])
      reject(closed());
  }

  /** Redis says how many got it: nobody there is known at once. */
  async #ask(topic: string, question: Buffer): Promise<void> {
    await (this.#answers ??= this.#listen(this.#channel('a', this.#me), (frame) =>
      this.#settle(Buffer.from(frame)),
    ));
    const receivers = await this.#send(this.#channel('q', topic), question);
    if (receivers === 0) throw new NoResponderError(`nobody answers ${topic}`);
  }

  async #answer(topic: string, responder: Responder, question: Question): Promise<void> {
    const { asker, id } = question;
    const channel = this.#channel('a', asker);
    try {
      await this.#send(channel, encodeAnswer({ id, message: await responder(question.message) }));
    } catch (error) {
      this.#logger.error('a responder failed', { topic, error });
      // The asker also has its timeout; nothing is lost when this does not arrive.
      await this.#send(channel, encodeAnswer({ id })).catch(() => undefined);
    }
  }

  #settle(frame: Buffer): void {
    const answer = decodeAnswer(frame);
    const asked = answer === undefined ? undefined : this.#asked.get(answer.id);
    if (answer?.message !== undefined) asked?.resolve(answer.message);
    else asked?.reject(new NoResponderError('the responder failed'));
  }

  async #send(channel: string, message: Uint8Array): Promise<number> {
    this.#assertOpen();
    try {
      return await this.#publisher.publish(
        channel,
        Buffer.from(message.buffer, message.byteOffset, message.length),
      );
    } catch (error) {
      throw new BusUnavailableError(this.#failure ?? textOf(error), { cause: error });
    }
  }

  /** One SUBSCRIBE a channel, however many listen here. */
  async #listen(channel: string, listener: Listener): Promise<Subscription> {
    this.#assertOpen();
    const entry: Listener = (message) => listener(message);
    const known = this.#listeners.get(channel);
    if (known === undefined) this.#listeners.set(channel, new Set([entry]));
    else known.add(entry);
    // Sent also for a known channel: its answer tells that the first SUBSCRIBE has arrived.
    await this.#subscriber.subscribe(channel);
    return { close: () => this.#leave(channel, entry) };
  }

  async #leave(channel: string, entry: Listener): Promise<void> {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(entry) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    const left = this.#subscriber.unsubscribe(channel);
    // Goes out when Redis is back; whoever leaves does not wait for that.
    if (this.#away) left.catch(() => undefined);
    else await left;
  }

  #deliver(channel: string, message: Buffer): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener(message);
      } catch (error) {
        this.#logger.error('a listener failed', { channel, error });
      }
    }
  }

  #channel(kind: 'm' | 'q' | 'a', topic: string): string {
    return `${this.#prefix}:${kind}:${topic}`;
  }

  get #away(): boolean {
    return this.#failure !== undefined && this.#failure !== STARTING;
  }

  /** A connection ends after the error that says why. */
  #lost(reason: string): void {
    if (!this.#away) this.#fail(reason);
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    if (!this.#away) this.#logger.warn('the bus is away', { reason });
    this.#failure = reason;
    // Their answers can no longer come here.
    for (const { reject } of this.#asked.values()) reject(new BusUnavailableError(reason));
  }

  #recover(): void {
    if (this.#publisher.status !== 'ready' || this.#subscriber.status !== 'ready') return;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#up?.resolve();
    this.#up = undefined;
    this.#logger.info('the bus is there');
    // The subscriptions of before were sent again ahead of this: its answer tells that they stand.
    this.#subscriber.ping().then(
      () => this.#tellBack(),
      (error: unknown) => this.#logger.warn('the bus went away again', { error }),
    );
  }

  #tellBack(): void {
    for (const listener of this.#backListeners) listener();
  }

  #assertOpen(): void {
    if (this.#closed) throw closed();
  }
}

function closed(): Error {
  return new Error('the bus is closed');
}

/** The address without its password. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is no URL';
}

function textOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? 'failed') : message;
}
