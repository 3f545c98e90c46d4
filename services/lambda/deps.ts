// What the handlers of the Lambda API work with, and what they share.
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { FunctionRef, Invoker } from '#shared/model/functions.ts';
import type { CodeStore } from './code-store.ts';
import { conflict, functionNotFound, revisionMismatch } from './faults.ts';
import type { FunctionRecord } from './function-record.ts';
import type { Functions, StoredFunction } from './functions.ts';
import { arnOf, parseFunctionName, requireLatest } from './names.ts';
import type { FunctionRegistry } from './registry.ts';

/** Parts of the function service that handlers use. */
export interface HandlerDeps {
  readonly functions: Functions;
  readonly registry: FunctionRegistry;
  readonly code: CodeStore;
  readonly invoker: Invoker;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** URL from which a function's zip can be had for some minutes. */
  readonly codeUrl: (record: FunctionRecord) => string;
}

/** Attempts of an edit against other writers. */
const ATTEMPTS = 8;

/** A function that is there, `$LATEST` of this account; throws 404 for others. */
export async function requireFunction(
  deps: HandlerDeps,
  input: { readonly FunctionName: string; readonly Qualifier?: string },
  context: ControlContext,
): Promise<{ readonly ref: FunctionRef; readonly stored: StoredFunction }> {
  const ref = parseFunctionName(input.FunctionName, context, input.Qualifier);
  requireLatest(ref, context.accountId);
  const stored = await deps.functions.get(ref);
  if (stored === undefined) throw functionNotFound(arnOf(ref));
  return { ref, stored };
}

/** Throws 412 when the caller names a revision that is not the newest. */
export function checkRevision(given: string | undefined, newest: string | undefined): void {
  if (given !== undefined && given !== newest) throw revisionMismatch();
}

/** Runs read-and-commit again when somebody else has written in between; 409 when that goes on. */
export async function retried<T>(edit: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await edit();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt === ATTEMPTS) {
        throw conflict('The function could not be updated due to a concurrent update operation.');
      }
    }
  }
}
