// A start that the configuration, a port or a folder made impossible: exit code 2.

/** `field` is the setting to change. */
export class StartError extends Error {
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}
