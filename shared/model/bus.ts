// Port of the bus: node to node messages.

/** Ends a subscription. */
export interface Subscription {
  close(): Promise<void>;
}

/**
 * Messages between nodes. Delivery is at most once and in order per publisher and topic; a publisher gets its own
 * messages too. Messages are bytes: what they mean is their topic's business.
 * `publish` and `request` reject with `BusUnavailableError` while the bus cannot be reached.
 */
export interface Bus {
  publish(topic: string, message: Uint8Array): Promise<void>;
  subscribe(topic: string, listener: (message: Uint8Array) => void): Promise<Subscription>;
  /** Answers requests to `topic`; one responder per topic in the cluster. */
  respond(
    topic: string,
    responder: (message: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Subscription>;
  /** Resolves with the answer; rejects with `NoResponderError` when none answers before `timeoutMs`. */
  request(topic: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /**
   * Calls `listener` whenever the bus is reached again after it was away, once its subscriptions stand: messages may
   * have been missed. A bus that is never away has no such moment.
   */
  onBack?(listener: () => void): void;
  close(): Promise<void>;
}
