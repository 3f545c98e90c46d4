// Faults of a template: collected, so that a user sees all of them at once with their places.

/** Line and column in the template's file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One fault. `path` is the place in the document: `Resources.Api.Properties.Tags[0]`. */
export interface TemplateFault {
  readonly path: string;
  readonly message: string;
  readonly position?: Position;
}

/** Where the values of a document stood in its file. */
export interface Positions {
  /** Position of `path`, or of the nearest value around it. */
  at(path: string): Position | undefined;
}

/** A template refused before anything was made; the command line exits with 3. */
export class TemplateError extends Error {
  readonly faults: readonly TemplateFault[];

  constructor(file: string, faults: readonly TemplateFault[], options?: ErrorOptions) {
    super(faults.map((fault) => describe(file, fault)).join('\n'), options);
    this.faults = faults;
  }
}

/** Gathers faults while a template is read; equal ones are kept once. */
export class Faults {
  readonly #file: string;
  readonly #positions: Positions;
  readonly #found = new Map<string, TemplateFault>();

  constructor(file: string, positions: Positions) {
    this.#file = file;
    this.#positions = positions;
  }

  /** Adds a fault at `path`. */
  add(path: string, message: string): void {
    const position = this.#positions.at(path);
    const fault = { path, message, ...(position === undefined ? {} : { position }) };
    this.#found.set(`${path}\n${message}`, fault);
  }

  /** Whether there is a fault at `path` or below it: then what follows from it need not be told. */
  has(path: string): boolean {
    const below = [`${path}.`, `${path}[`];
    return [...this.#found.values()].some(
      (fault) => fault.path === path || below.some((start) => fault.path.startsWith(start)),
    );
  }

  get size(): number {
    return this.#found.size;
  }

  /** Throws `TemplateError` with all faults in the order of the file, if there are any. */
  throwIfAny(): void {
    if (this.#found.size === 0) return;
    const line = (fault: TemplateFault): number => fault.position?.line ?? 0;
    throw new TemplateError(
      this.#file,
      [...this.#found.values()].sort((a, b) => line(a) - line(b)),
    );
  }
}

/** The path of member `key` of `path`; numbers are list positions. */
export function child(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function describe(file: string, { path, message, position }: TemplateFault): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}
