// A node's lines for those who watch them live: logs, functions' lines, access lines.

/** Kinds of lines that may be asked for: the `event` of each. */
export const LINE_KINDS = ['access', 'function', 'log'] as const;

/** One line, as `--json` prints it. */
export interface FeedLine {
  readonly event: string;
  readonly time: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Hands lines to whoever listens; without listeners nothing is made. */
export class LineFeed {
  readonly #listeners = new Set<(line: FeedLine) => void>();

  /** `make` is only called when somebody listens. */
  publish(make: () => FeedLine): void {
    if (this.#listeners.size === 0) return;
    const line = make();
    for (const listener of this.#listeners) listener(line);
  }

  /** Calls `listener` with every line until the answer is called. Must not throw. */
  subscribe(listener: (line: FeedLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
