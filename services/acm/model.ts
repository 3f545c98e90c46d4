// The official SDK client of Certificate Manager, the source of its operations and types; nothing else here may import it.
import type * as Sdk from '@aws-sdk/client-acm';
import type { InputOf, OperationName, ResultOf, SdkHandlers } from '#shared/aws-api/sdk-types.ts';
import type { NOT_IMPLEMENTED } from './not-implemented.ts';

/** Names of the operations of Certificate Manager. */
export type AcmOperation = OperationName<typeof Sdk>;

/** Operations that have a handler. */
export type AcmImplemented = Exclude<AcmOperation, (typeof NOT_IMPLEMENTED)[number]>;

/** What an operation's handler gets: checked, required members present. */
export type AcmInput<Name extends AcmOperation> = InputOf<typeof Sdk, Name>;

/** What an operation's handler gives; dates as `Date`, enums as text. */
export type AcmOutput<Name extends AcmOperation> = ResultOf<typeof Sdk, Name>;

/** The handlers, one for each operation that is not in `not-implemented.ts`. */
export type AcmHandlers = SdkHandlers<typeof Sdk, AcmImplemented>;

/** Loads the SDK module; 0.1 s, so only when first needed. */
export const loadAcmSdk = (): Promise<object> => import('@aws-sdk/client-acm');
