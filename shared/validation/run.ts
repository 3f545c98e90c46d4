// One validation under way: what it may still cost, and the faults it has found when somebody wants to read them.

/** Levels of nested values and schemas that are followed; deeper messages do not fit any model. */
const DEEPEST = 256;
/** Steps of a validation, whatever the size of the message, and per byte of it. */
const STEPS = 100_000;
const STEPS_PER_BYTE = 8;
/** Faults beyond these are not told. */
const MOST_FAULTS = 32;

/** A message that costs more to validate than its size justifies, or is nested too deeply. */
export class ValidationLimit extends Error {}

/** Whether `value` fits; tells `run` of every fault it finds, if that listens. */
export type Check = (value: unknown, run: Run) => boolean;

/** State of one validation. Without `faults` checks stop at the first fault. */
export class Run {
  #faults: string[] | undefined;
  #steps: number;
  #depth = 0;

  constructor(bytes: number, faults?: string[]) {
    this.#faults = faults;
    this.#steps = STEPS + STEPS_PER_BYTE * bytes;
  }

  /** Whether all faults are wanted, not only whether there is one. */
  get thorough(): boolean {
    return this.#faults !== undefined;
  }

  /** Pays for `steps` more. Throws `ValidationLimit`. */
  charge(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new ValidationLimit('the validation takes too many steps');
  }

  /** Checks a value or schema one level further down. Throws `ValidationLimit`. */
  enter(check: Check, value: unknown): boolean {
    this.charge(1);
    if (++this.#depth > DEEPEST) throw new ValidationLimit(`nested deeper than ${DEEPEST} levels`);
    const fits = check(value, this);
    this.#depth--;
    return fits;
  }

  /** As `enter`, keeping the faults found to itself. */
  enterQuietly(check: Check, value: unknown): boolean {
    const faults = this.#faults;
    this.#faults = undefined;
    const fits = this.enter(check, value);
    this.#faults = faults;
    return fits;
  }

  /** `false`, after the text of `fault` has been noted if anybody wants it. */
  refuse(fault: () => string): false {
    if (this.#faults !== undefined && this.#faults.length < MOST_FAULTS) this.#faults.push(fault());
    return false;
  }
}
