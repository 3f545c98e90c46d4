// The catalogue of failures inside a pipeline; each front renders them in its own envelope. Documented in docs/errors.md.
import type { InvokeFailure } from '#shared/model/functions.ts';

/** Gateway response types of AWS that WebSocket pipelines can end in, with status and message text. */
export const GATEWAY_ERRORS = {
  ACCESS_DENIED: { status: 403, message: 'Forbidden', errorType: 'ForbiddenException' },
  API_CONFIGURATION_ERROR: {
    status: 500,
    message: 'Internal server error',
    errorType: 'InternalServerErrorException',
  },
  AUTHORIZER_CONFIGURATION_ERROR: {
    status: 500,
    message: 'Internal server error',
    errorType: 'AuthorizerConfigurationException',
  },
  AUTHORIZER_FAILURE: {
    status: 500,
    message: 'Internal server error',
    errorType: 'AuthorizerFailureException',
  },
  BAD_REQUEST_BODY: {
    status: 400,
    message: 'Bad request body',
    errorType: 'BadRequestException',
  },
  BAD_REQUEST_PARAMETERS: {
    status: 400,
    message: 'Bad request parameters',
    errorType: 'BadRequestException',
  },
  INTEGRATION_FAILURE: {
    status: 502,
    message: 'Internal server error',
    errorType: 'InternalServerErrorException',
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    message: 'Endpoint request timed out',
    errorType: 'InternalServerErrorException',
  },
  INVALID_API_KEY: { status: 403, message: 'Forbidden', errorType: 'ForbiddenException' },
  INVALID_SIGNATURE: {
    status: 403,
    message: 'Forbidden',
    errorType: 'InvalidSignatureException',
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    message: 'Missing Authentication Token',
    errorType: 'MissingAuthenticationTokenException',
  },
  NOT_IMPLEMENTED: {
    status: 501,
    message: 'Not implemented',
    errorType: 'NotImplementedException',
  },
  QUOTA_EXCEEDED: { status: 429, message: 'Limit Exceeded', errorType: 'LimitExceededException' },
  ROUTE_NOT_FOUND: { status: 403, message: 'Forbidden', errorType: 'ForbiddenException' },
  THROTTLED: { status: 429, message: 'Too Many Requests', errorType: 'TooManyRequestsException' },
  UNAUTHORIZED: { status: 401, message: 'Unauthorized', errorType: 'UnauthorizedException' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: 'Unsupported Media Type',
    errorType: 'UnsupportedMediaTypeException',
  },
} as const;

/** Name of a catalogue entry. */
export type GatewayErrorType = keyof typeof GATEWAY_ERRORS;

/** A pipeline's failure. `detail` goes to the log, never to the client. */
export class GatewayError extends Error {
  readonly type: GatewayErrorType;
  readonly detail: string;

  constructor(type: GatewayErrorType, detail: string, options?: ErrorOptions) {
    super(GATEWAY_ERRORS[type].message, options);
    this.type = type;
    this.detail = detail;
  }

  /** HTTP status of this failure. */
  get status(): number {
    return GATEWAY_ERRORS[this.type].status;
  }
}

/** A definition that can never run: found when a deployment is compiled, told in `lastDeploymentStatusMessage`. */
export class DefinitionError extends Error {}

/** A function that could not be invoked; see `InvokeFailure`. */
export class InvokeError extends Error {
  readonly failure: InvokeFailure;

  constructor(failure: InvokeFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** A push that did not happen. */
export class PushError extends Error {
  readonly failure: 'Gone' | 'LimitExceeded' | 'TooLarge' | 'BadData';

  constructor(failure: PushError['failure'], message: string = failure) {
    super(message);
    this.failure = failure;
  }
}

/** A commit whose expectation failed: somebody else has written. */
export class ConflictError extends Error {}

/** The store cannot be reached or refused to work; the caller's request fails, the node lives on. */
export class StoreUnavailableError extends Error {}

/** Nobody answered a bus request in time. */
export class NoResponderError extends Error {}

/** The bus cannot be reached: whether anybody would have answered is not known. Trying again later may do. */
export class BusUnavailableError extends Error {}

/** Counts that all nodes share cannot be reached: this node goes on by itself. */
export class CountsUnavailableError extends Error {}
