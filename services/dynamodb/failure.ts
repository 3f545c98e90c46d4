// DynamoDB's errors as they go over the wire.
import { DiskWriteError } from './disk.ts';
import type { Data, DynaliteError } from './dynalite.ts';

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';

/** An answer that is an error. `body` has `__type` and what else the exception carries. */
export class Failure extends Error {
  readonly status: number;
  readonly body: Data;

  constructor(status: number, body: Data, options?: ErrorOptions) {
    super(typeof body['message'] === 'string' ? body['message'] : String(body['__type']), options);
    this.status = status;
    this.body = body;
  }
}

/** An exception of DynamoDB's model. */
export function failure(type: string, message: string): Failure {
  return new Failure(400, { __type: DYNAMODB + type, message });
}

/** A request that breaks a rule. */
export function validationFailure(message: string): Failure {
  return new Failure(400, { __type: 'com.amazon.coral.validate#ValidationException', message });
}

/** A failure of the layer before DynamoDB (headers, target, JSON); some come without a text, as on AWS. */
export function coralFailure(type: string, message?: string): Failure {
  const body = { __type: `com.amazon.coral.service#${type}` };
  return new Failure(400, message === undefined ? body : { ...body, message });
}

/** A transaction that was given up; a reason per action, in their order. */
export function cancelled(reasons: readonly { readonly Code: string }[]): Failure {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new Failure(400, {
    __type: `${DYNAMODB}TransactionCanceledException`,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

/** Whatever was thrown as a `Failure`; what is not an answer of DynamoDB becomes its 500 with the cause. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { statusCode, body } = error as DynaliteError;
  if (statusCode !== undefined && body !== undefined) {
    return new Failure(statusCode, { ...body }, { cause: error });
  }
  // dynalite walks values by recursion; only nesting far beyond DynamoDB's 32 levels ends the stack.
  if (error instanceof RangeError) {
    return validationFailure(
      'Nesting Levels have exceeded supported limits: Attributes nested more than 32 levels',
    );
  }
  const message =
    error instanceof DiskWriteError
      ? `Internal server error: ${error.message}`
      : 'Internal server error';
  return new Failure(500, { __type: `${DYNAMODB}InternalServerError`, message }, { cause: error });
}

/** The last part of an error's `__type`: its name in the model. */
export function typeOf({ body }: Failure): string {
  return String(body['__type']).split('#').at(-1) ?? '';
}
