// Variables that have a value of their own for a while: those of loops, macros and their blocks.
import type { Run } from './run.ts';
import type { Value } from './values.ts';

/** What variables held; `null` for one that was not there. */
export type Kept = readonly ({ readonly value: Value } | null)[];

/** What `names` hold now. */
export function keep({ variables }: Run, names: readonly string[]): Kept {
  return names.map((name) => (variables.has(name) ? { value: variables.get(name) } : null));
}

/** Gives `names` back what they held. */
export function restore({ variables }: Run, names: readonly string[], kept: Kept): void {
  names.forEach((name, at) => {
    const before = kept[at];
    if (before) variables.set(name, before.value);
    else variables.delete(name);
  });
}

/** Runs `body`, then gives `names` back what they held before. */
export function scoped<T>(run: Run, names: readonly string[], body: () => T): T {
  const kept = keep(run, names);
  const result = body();
  restore(run, names, kept);
  return result;
}
