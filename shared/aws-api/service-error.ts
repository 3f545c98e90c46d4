// A modelled error of an AWS service operation, as a handler throws it.

/**
 * Answered as the service's JSON error: `x-amzn-ErrorType: {type}`, body `{"message": …}` with `members` beside it.
 * `type` is the exception's name in the service's model (NotFoundException, ConflictException, …).
 */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    type: string,
    status: number,
    message: string,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.type = type;
    this.status = status;
    this.members = members;
  }
}
