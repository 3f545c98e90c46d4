// What a soak knows of its connections and messages, from both sides: the faults that no run may have.

/** How the soak ends a connection, with the status codes that `$disconnect` may then tell. */
export const ENDINGS = {
  /** Close frame without a status. */
  clean: [1005],
  /** TCP ends without a close frame. */
  vanish: [1006],
  /** TCP is reset. */
  reset: [1006],
  /** It takes in nothing, until the gateway closes it. */
  slow: [1008],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** Name of an ending. */
export type Ending = keyof typeof ENDINGS;

const MOST_FAULTS = 20;

/** Counts and compares; all of it by connection id. */
export class Ledger {
  readonly #came = new Set<string>();
  readonly #gone = new Map<string, number>();
  readonly #endings = new Map<string, Ending>();
  readonly #faults = new Map<string, number>();
  /** Messages and pushes that came back as they should. */
  messages = 0;

  /** A line of a function, or of the node itself. */
  line(line: Readonly<Record<string, unknown>>): void {
    const { event, level, message } = line;
    if (event === 'function') return this.#functionLine(String(message));
    if (level === 'error') this.fault(`the node has logged: ${JSON.stringify(line)}`);
  }

  /** The soak has ended a connection, or begins to make the gateway end it. */
  ended(id: string, ending: Ending): void {
    this.#endings.set(id, ending);
  }

  /** Something that must not be; equal texts are counted. */
  fault(text: string): void {
    if (this.#faults.size < MOST_FAULTS || this.#faults.has(text)) {
      this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
    }
  }

  /** Connections that `$connect` has let in, so far. */
  get connects(): number {
    return this.#came.size;
  }

  /** Connections that `$connect` has let in and `$disconnect` has not told yet. */
  get open(): ReadonlySet<string> {
    return new Set([...this.#came].filter((id) => !this.#gone.has(id)));
  }

  /** Faults so far, and with `isOver` also connections that never got their `$disconnect`. */
  faults({ isOver }: { readonly isOver: boolean }): readonly string[] {
    const lost = isOver ? [...this.open].map((id) => `${id} has got no $disconnect`) : [];
    const wrong = [...this.#endings].flatMap(([id, ending]) => this.#codeFault(id, ending));
    const told = [...this.#faults].map(([text, times]) =>
      times > 1 ? `${times} × ${text}` : text,
    );
    return [...told, ...lost.slice(0, MOST_FAULTS), ...wrong.slice(0, MOST_FAULTS)];
  }

  #functionLine(message: string): void {
    const [, what, id = '', code] = /\t(came|gone) (\S+) (\S+)$/.exec(message) ?? [];
    if (what === undefined) return this.fault(`the function has logged: ${message}`);
    if (what === 'came') {
      if (this.#came.has(id)) this.fault(`${id} has come twice`);
      this.#came.add(id);
    } else {
      if (!this.#came.has(id)) this.fault(`${id} is gone, but never came`);
      if (this.#gone.has(id)) this.fault(`${id} is gone twice`);
      this.#gone.set(id, Number(code));
    }
  }

  #codeFault(id: string, ending: Ending): readonly string[] {
    const code = this.#gone.get(id);
    const expected: readonly number[] = ENDINGS[ending];
    if (code === undefined || expected.includes(code)) return [];
    return [`${id} was ended by "${ending}", and $disconnect told ${code}`];
  }
}
