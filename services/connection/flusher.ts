// Gathers the writes of one turn of the event loop: each stream gets one write for all of them.
import type { Duplex } from 'node:stream';

/** Corks streams until the end of the turn. One immediate serves all streams of the node. */
export class Flusher {
  #corked: Duplex[] = [];
  readonly #flush = (): void => {
    const streams = this.#corked;
    this.#corked = [];
    for (const stream of streams) stream.uncork();
  };

  /** Holds back what is written to `stream` from here to the end of this turn. */
  cork(stream: Duplex): void {
    if (stream.writableCorked > 0) return;
    stream.cork();
    if (this.#corked.push(stream) === 1) setImmediate(this.#flush);
  }
}
