// The bus inside one process: nodes that share a hub hear each other, without anything installed.
import { NoResponderError } from '#shared/exchange/errors.ts';
import type { Bus, Subscription } from '#shared/model/bus.ts';
import type { Logger } from '#shared/runtime/logger.ts';

type Listener = (message: Uint8Array) => void;
type Responder = (message: Uint8Array) => Promise<Uint8Array>;

/** What the buses of one process have in common; several nodes in one process get the same hub. */
export class MemoryHub {
  readonly listeners = new Map<string, Set<Listener>>();
  readonly responders = new Map<string, Responder>();
}

/**
 * A node's bus over a `MemoryHub`. Messages are handed over, not copied: whoever gets one must not change it.
 * Listeners run after `publish` has returned. A responder that fails counts as none (`NoResponderError`).
 */
export class MemoryBus implements Bus {
  readonly #hub: MemoryHub;
  readonly #logger: Logger;
  readonly #subscriptions = new Set<Subscription>();
  #closed = false;

  constructor(hub: MemoryHub, logger: Logger) {
    this.#hub = hub;
    this.#logger = logger;
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    this.#assertOpen();
    if (this.#hub.listeners.has(topic)) queueMicrotask(() => this.#deliver(topic, message));
  }

  async subscribe(topic: string, listener: Listener): Promise<Subscription> {
    this.#assertOpen();
    const entry: Listener = (message) => listener(message);
    const listeners = this.#hub.listeners.get(topic) ?? new Set();
    this.#hub.listeners.set(topic, listeners.add(entry));
    return this.#keep(() => {
      listeners.delete(entry);
      if (listeners.size === 0) this.#hub.listeners.delete(topic);
    });
  }

  async respond(topic: string, responder: Responder): Promise<Subscription> {
    this.#assertOpen();
    this.#hub.responders.set(topic, responder);
    return this.#keep(() => {
      if (this.#hub.responders.get(topic) === responder) this.#hub.responders.delete(topic);
    });
  }

  async request(topic: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    this.#assertOpen();
    const responder = this.#hub.responders.get(topic);
    if (responder === undefined) throw new NoResponderError(`nobody answers ${topic}`);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new NoResponderError(`no answer from ${topic} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      return await Promise.race([this.#ask(topic, responder, message), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
  }

  async #ask(topic: string, responder: Responder, message: Uint8Array): Promise<Uint8Array> {
    try {
      return await responder(message);
    } catch (error) {
      this.#logger.error('a responder failed', { topic, error });
      throw new NoResponderError(`the responder of ${topic} failed`, { cause: error });
    }
  }

  #deliver(topic: string, message: Uint8Array): void {
    for (const listener of this.#hub.listeners.get(topic) ?? []) {
      try {
        listener(message);
      } catch (error) {
        this.#logger.error('a listener failed', { topic, error });
      }
    }
  }

  #keep(end: () => void): Subscription {
    const subscription: Subscription = {
      close: async () => {
        if (this.#subscriptions.delete(subscription)) end();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('the bus is closed');
  }
}
