// A start that a setting made impossible: a port that is taken, a folder in use, a file that cannot be read.

/** `field` is the setting to change, as a flag (`--port`) or a variable. The command exits with 2. */
export class StartError extends Error {
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}
