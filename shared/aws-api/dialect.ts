// In what the services' habits differ beside their models, as data of a service's definition.

/** An error answer's type and status. */
export interface ErrorKind {
  readonly type: string;
  readonly status: number;
}

/** Habits of one service. */
export interface Dialect {
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
  memberPaths: 'operation',
  milliseconds: false,
  rawContentType: 'application/octet-stream',
  conflict: { type: 'ConflictException', status: 409 },
  unavailable: { type: 'ServiceUnavailableException', status: 503 },
};

/** Lambda's habits. */
export const LAMBDA_DIALECT: Dialect = {
  memberPaths: 'plain',
  milliseconds: true,
  rawContentType: 'application/json',
  conflict: { type: 'ResourceConflictException', status: 409 },
  unavailable: { type: 'ServiceException', status: 500 },
};
