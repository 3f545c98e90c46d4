// What keeps the edge from starting, with the setting to change.

/** A port, address or folder that cannot be used. `field` is the flag's name; the command exits 2. */
export class StartFault extends Error {
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}
