// Errors as Lambda's Node.js runtime names and writes them (aws-lambda-nodejs-runtime-interface-client, dg nodejs-exceptions).

/** A failure of the runtime's own: `name` is Lambda's `errorType`. */
export class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** The same failure as `cause`, under Lambda's name for it, keeping the stack that names the user's file. */
export function renamed(name: string, cause: Error): RuntimeError {
  const error = new RuntimeError(name, String(cause));
  if (cause.stack !== undefined) error.stack = `${name}: ${cause.stack}`;
  return error;
}

/** What a caller gets of an error. */
export interface ErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** The error document of anything that was thrown or rejected with, nonsense included. */
export function errorDocument(error: unknown): ErrorDocument {
  try {
    if (!(error instanceof Error)) {
      return { errorType: typeof error, errorMessage: String(error), trace: [] };
    }
    return {
      errorType: clean(error.name),
      errorMessage: clean(error.message),
      trace: clean(error.stack ?? '').split('\n'),
    };
  } catch {
    // The thrown value itself throws when it is read.
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** The error as the log shows it: its own members too, the stack as a list. */
export function loggedError(error: unknown): string {
  const shown = error instanceof Error ? error : new Error(errorDocument(error).errorMessage);
  try {
    return JSON.stringify(shown, (_key, value: unknown) =>
      value instanceof Error ? withMembers(value) : value,
    );
  } catch {
    // Members that are circular or cannot be read: the plain document must do.
    return JSON.stringify(errorDocument(error));
  }
}

function withMembers(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    errorType: error.name,
    errorMessage: error.message,
    code,
    ...error,
    stack: (error.stack ?? '').split('\n'),
  };
}

/** DEL is written as %7F, as the runtime does. */
function clean(text: unknown): string {
  return String(text).replaceAll('\x7f', '%7F');
}
