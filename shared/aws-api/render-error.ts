// Every error of an AWS API → its answer: one builder for modelled errors, failures of the store and bugs.
import { ConflictError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import { type Dialect, type ErrorKind, JSON_TYPES } from './dialect.ts';
import type { ServiceModel } from './operations.ts';
import { ServiceError } from './service-error.ts';
import type { Member, StructureShape } from './shape.ts';
import type { WireResponse } from './wire.ts';

const CONFLICT_MESSAGE =
  'Unable to complete operation due to concurrent modification. Please try again later.';

/** An error as it will be answered; `unexpected` ones belong in the log with their stack. */
export interface Classified {
  readonly error: ServiceError;
  readonly unexpected: boolean;
}

/** Turns what a handler threw into a `ServiceError`. */
export function classify(thrown: unknown, dialect: Dialect): Classified {
  if (thrown instanceof ServiceError) return { error: thrown, unexpected: false };
  if (thrown instanceof ConflictError) return expected(dialect.conflict, CONFLICT_MESSAGE);
  if (thrown instanceof StoreUnavailableError) {
    return { ...expected(dialect.unavailable, 'The store is not available'), unexpected: true };
  }
  const error = new ServiceError('InternalFailure', 500, 'An internal error has occurred');
  return { error, unexpected: true };
}

function expected({ type, status }: ErrorKind, message: string): Classified {
  return { error: new ServiceError(type, status, message), unexpected: false };
}

/** Errors of the JSON protocols are 400 whatever the REST protocols would say, but for what is the server's fault or its HTTP layer's. */
function jsonStatus(status: number): number {
  return status >= 500 || status === 413 ? status : 400;
}

/** An error's answer in the service's protocol. */
export function renderError(
  error: ServiceError,
  model: ServiceModel | undefined,
  { protocol }: Pick<Dialect, 'protocol'>,
): WireResponse {
  if (protocol === 'rest-json') return renderRestError(error, model);
  const { type, message, members } = error;
  return {
    status: jsonStatus(error.status),
    headers: { 'Content-Type': JSON_TYPES[protocol] },
    body: JSON.stringify({ __type: type, message, ...members }),
  };
}

/**
 * `x-amzn-ErrorType` and `{"message": …}`; the model, when it has been loaded, says whether the key is `Message`,
 * which members are headers (`Retry-After`) and that Lambda's errors carry a `Type`.
 */
function renderRestError(error: ServiceError, model: ServiceModel | undefined): WireResponse {
  const shape = model?.errors.get(error.type);
  const headers: Record<string, string> = {
    'Content-Type': JSON_TYPES['rest-json'],
    'x-amzn-ErrorType': error.type,
  };
  const body: Record<string, unknown> = {};
  if (hasMember(shape, 'Type')) body.Type = error.status < 500 ? 'User' : 'Service';
  body[messageKey(error.type, shape)] = error.message;
  for (const [name, value] of Object.entries(error.members)) {
    const member = shape?.members.find((candidate) => candidate.name === name);
    if (member?.binding.header !== undefined) headers[member.binding.header] = String(value);
    else body[member?.wireName ?? name] = value;
  }
  return { status: error.status, headers, body: JSON.stringify(body) };
}

function hasMember(shape: StructureShape | undefined, wireName: string): boolean {
  return shape?.members.some((member: Member) => member.wireName === wireName) ?? false;
}

/** AccessDeniedException comes from AWS's front, which writes `Message`; SDKs read both. */
function messageKey(type: string, shape: StructureShape | undefined): string {
  if (hasMember(shape, 'Message')) return 'Message';
  return shape === undefined && type === 'AccessDeniedException' ? 'Message' : 'message';
}
