// The node's calls that the database's thread has not answered yet, and their patience.
import type { DynamoDbAnswer } from '#shared/store/dynamodb-calls.ts';
import type { CallAnswer } from './messages.ts';

interface Waiting extends PromiseWithResolvers<DynamoDbAnswer> {
  readonly since: number;
}

const TURN_MS = 1_000;
/** As long as a request by HTTP waits; a process that was stopped meanwhile loses one turn by it, not all. */
const MOST_TURNS = 6;

/** Calls by their ids. One timer watches them all, and only while there are some. */
export class AskedCalls {
  /** Oldest first. */
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** A call that is about to be made; `answer` rejects after seconds without one. */
  begin(): { readonly id: number; readonly answer: Promise<DynamoDbAnswer> } {
    const id = ++this.#last;
    const waiting = { ...Promise.withResolvers<DynamoDbAnswer>(), since: this.#turn };
    this.#waiting.set(id, waiting);
    this.#timer ??= setInterval(() => this.#look(), TURN_MS).unref();
    return { id, answer: waiting.promise };
  }

  /** Nobody waits any more for an answer that comes too late. */
  answered(answer: CallAnswer): void {
    this.#waiting.get(answer.id)?.resolve(answer);
    this.#waiting.delete(answer.id);
  }

  /** None of those that wait will be answered. */
  fail(reason: Error): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #look(): void {
    this.#turn++;
    for (const [id, { since, reject }] of this.#waiting) {
      if (this.#turn - since <= MOST_TURNS) return;
      this.#waiting.delete(id);
      reject(new Error(`the embedded DynamoDB has not answered for ${MOST_TURNS} s`));
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
