// Rounds of a fuzz test: each has a seed of its own, and a failure says how to repeat just that round.
import { randomNumbers } from './random.ts';

/** A source of integers from 0 below `bound`. */
export type Next = ReturnType<typeof randomNumbers>;

/**
 * Runs `body` for `rounds` seeds, from 1 on: the same in every run, so that a gate never fails by chance. `FUZZ_SEED`
 * gives another first seed (`random`: the time), `FUZZ_ROUNDS` another number of rounds. A failure names its seed.
 */
export async function fuzz(
  rounds: number,
  body: (next: Next, seed: number) => void | Promise<void>,
): Promise<void> {
  const { FUZZ_SEED: given = '1', FUZZ_ROUNDS: count = String(rounds) } = process.env;
  const first = given === 'random' ? Date.now() % 2 ** 31 : Number(given);
  for (let seed = first; seed < first + Number(count); seed++) {
    try {
      await body(randomNumbers(seed), seed);
    } catch (error) {
      const how = `repeat this round with FUZZ_SEED=${seed} FUZZ_ROUNDS=1`;
      throw new Error(`${how}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

/** One of `from`. */
export function pick<T>(next: Next, from: readonly [T, ...T[]]): T {
  return from[next(from.length)] ?? from[0];
}
