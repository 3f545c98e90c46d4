// The errors of the Lambda API's operations as handlers throw them (AWS: Lambda API reference, "Common errors").
import { InvokeError } from '#shared/exchange/errors.ts';
import type { InvokeFailure } from '#shared/model/functions.ts';
import { constraintFault, validationError } from '#shared/aws-api/input-faults.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';

/** 404. */
export const notFound = (message: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', 404, message);

/** 404 for a function, with the ARN that was asked for. */
export const functionNotFound = (arn: string): ServiceError =>
  notFound(`Function not found: ${arn}`);

/** 400: a value, or a combination of values, that is not allowed. */
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterValueException', 400, message);

/** 409: the name is taken, or the resource changes just now. */
export const conflict = (message: string): ServiceError =>
  new ServiceError('ResourceConflictException', 409, message);

/** 412: the caller knows an older revision. */
export const revisionMismatch = (): ServiceError =>
  new ServiceError(
    'PreconditionFailedException',
    412,
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  );

/** 501: a documented part of an operation that is not there yet. */
export const notImplemented = (what: string): ServiceError =>
  new ServiceError('NotImplementedException', 501, `${what} is not implemented by this gateway.`);

/** 400 in the words of AWS's model validation. */
export function violation(value: unknown, member: string, rule: string): ServiceError {
  return validationError([constraintFault(`'${String(value)}'`, member, rule)]);
}

const INVOKE_ERRORS: Record<InvokeFailure, readonly [type: string, status: number]> = {
  NotFound: ['ResourceNotFoundException', 404],
  AccessDenied: ['AccessDeniedException', 403],
  Throttled: ['TooManyRequestsException', 429],
  TooLarge: ['RequestTooLargeException', 413],
  BadRequest: ['InvalidRequestContentException', 400],
  TimedOut: ['ServiceException', 500],
  Unavailable: ['ServiceException', 500],
};

/** What Invoke answers for an invocation that did not come about; other errors stay as they are. */
export function invokeFault(error: unknown): unknown {
  if (!(error instanceof InvokeError)) return error;
  const [type, status] = INVOKE_ERRORS[error.failure];
  const reason = { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };
  return new ServiceError(type, status, error.message, status === 429 ? reason : {});
}
