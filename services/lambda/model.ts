// The official SDK client of Lambda, the source of the Lambda API's operations and types; nothing else may import it.
import type * as Sdk from '@aws-sdk/client-lambda';
import type { InputOf, OperationName, ResultOf, SdkHandlers } from '#shared/aws-api/sdk-types.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { NOT_IMPLEMENTED } from './not-implemented.ts';

/** Names of the operations of the Lambda API. */
export type LambdaOperation = OperationName<typeof Sdk>;

/** Operations that have a handler. */
export type LambdaImplemented = Exclude<LambdaOperation, (typeof NOT_IMPLEMENTED)[number]>;

/** What an operation's handler gets: checked, required members present. */
export type LambdaInput<Name extends LambdaOperation> = InputOf<typeof Sdk, Name>;

/** What an operation's handler gives; enums as text. */
export type LambdaOutput<Name extends LambdaOperation> = ResultOf<typeof Sdk, Name>;

/** The handlers, one for each operation that is not in `not-implemented.ts`. The SDK's own type of a payload can more than bytes. */
export type LambdaHandlers = Omit<SdkHandlers<typeof Sdk, LambdaImplemented>, 'Invoke'> & {
  readonly Invoke: (
    input: LambdaInput<'Invoke'>,
    context: ControlContext,
  ) => Promise<Omit<LambdaOutput<'Invoke'>, 'Payload'> & { readonly Payload: Uint8Array }>;
};

/** Loads the SDK module; 0.1 s, so only when first needed. */
export const loadLambdaSdk = (): Promise<object> => import('@aws-sdk/client-lambda');
