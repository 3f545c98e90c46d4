// In what the services' habits differ beside their models, as data of a service's definition.

/** An error answer's type and status. */
export interface ErrorKind {
  readonly type: string;
  readonly status: number;
}

/**
 * AWS's protocols (smithy.io, aws-restjson1-protocol and aws-json-1_1-protocol). The first has methods, paths and an
 * error's type in a header; the second is one address, a target header, and an error's type in the body.
 */
export type Protocol = 'rest-json' | 'json-1.1';

/** Habits of one service. */
export interface Dialect {
  readonly protocol: Protocol;
  /** How validation texts name a member of the body: `createApiInput.name`, or only `name`. */
  readonly memberPaths: 'operation' | 'plain';
  /** Whether date-times carry milliseconds. */
  readonly milliseconds: boolean;
  /** `Content-Type` of raw bodies whose output does not say it. */
  readonly rawContentType: string;
  /** Two writers at once: a store's `ConflictError` that a handler let through. */
  readonly conflict: ErrorKind;
  /** The store is away; SDKs try again. */
  readonly unavailable: ErrorKind;
}

/** API Gateway's habits. */
export const API_GATEWAY_DIALECT: Dialect = {
  protocol: 'rest-json',
  memberPaths: 'operation',
  milliseconds: false,
  rawContentType: 'application/octet-stream',
  conflict: { type: 'ConflictException', status: 409 },
  unavailable: { type: 'ServiceUnavailableException', status: 503 },
};

/** Lambda's habits. */
export const LAMBDA_DIALECT: Dialect = {
  protocol: 'rest-json',
  memberPaths: 'plain',
  milliseconds: true,
  rawContentType: 'application/json',
  conflict: { type: 'ResourceConflictException', status: 409 },
  unavailable: { type: 'ServiceException', status: 500 },
};

/** Habits of Certificate Manager. Its model has no error of its own for a store that is away. */
export const ACM_DIALECT: Dialect = {
  protocol: 'json-1.1',
  memberPaths: 'plain',
  milliseconds: true,
  rawContentType: 'application/octet-stream',
  conflict: { type: 'ConflictException', status: 409 },
  unavailable: { type: 'ServiceUnavailableException', status: 503 },
};

/** `Content-Type` of JSON bodies. */
export const JSON_TYPES: Readonly<Record<Protocol, string>> = {
  'rest-json': 'application/json',
  'json-1.1': 'application/x-amz-json-1.1',
};
