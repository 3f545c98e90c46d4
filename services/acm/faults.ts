// The errors of Certificate Manager's operations as handlers throw them (AWS: ACM API reference).
import { ServiceError } from '#shared/aws-api/service-error.ts';

/** 400: an input that breaks a rule. */
export const invalid = (message: string): ServiceError =>
  new ServiceError('ValidationException', 400, message);

/** 400 in the words of AWS's model validation; `value` is left out where it may be a secret. */
export const violation = (path: string, rule: string, value?: string): ServiceError => {
  const shown = value === undefined ? '' : ` '${value}'`;
  return invalid(
    `1 validation error detected: Value${shown} at '${path}' failed to satisfy constraint: ${rule}`,
  );
};

/** There is no such certificate in the account and region of the request. */
export const certificateNotFound = (arn: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', 400, `Could not find certificate ${arn}.`);

/** A domain is served with it (hashicorp/terraform-provider-aws#3866 shows AWS's text). */
export const inUse = (arn: string, accountId: string): ServiceError =>
  new ServiceError(
    'ResourceInUseException',
    400,
    `Certificate ${arn} in account ${accountId} is in use.`,
  );

/** More tags than a certificate may have. */
export const tooManyTags = (tags: string): ServiceError =>
  new ServiceError('TooManyTagsException', 400, `the TagSet: '{${tags}}' contains too many Tags`);

/** The certificate is in a state, or of a type, that does not allow the operation. */
export const invalidState = (message: string): ServiceError =>
  new ServiceError('InvalidStateException', 400, message);

/** The domain named for a challenge is none of the certificate's. */
export const invalidValidationDomain = (message: string): ServiceError =>
  new ServiceError('InvalidDomainValidationOptionsException', 400, message);

/** 501: a documented part of an operation that is not there. */
export const notImplemented = (what: string): ServiceError =>
  new ServiceError('NotImplementedException', 501, `${what} is not implemented by this gateway.`);
