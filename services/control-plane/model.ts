// The official SDK clients of API Gateway, the source of the control plane's operations and types; nothing else may import them.
import type * as V1Sdk from '@aws-sdk/client-api-gateway';
import type * as V2Sdk from '@aws-sdk/client-apigatewayv2';
import type { InputOf, OperationName, ResultOf, SdkHandlers } from '#shared/aws-api/sdk-types.ts';
import type { V1_NOT_IMPLEMENTED, V2_NOT_IMPLEMENTED } from './not-implemented.ts';

export type * as v1 from '@aws-sdk/client-api-gateway';
export type * as v2 from '@aws-sdk/client-apigatewayv2';

/** Names of the operations of REST APIs' control plane. */
export type V1Operation = OperationName<typeof V1Sdk>;

/** Names of the operations of HTTP and WebSocket APIs' control plane. */
export type V2Operation = OperationName<typeof V2Sdk>;

/** Operations of v2 that have a handler. */
export type V2Implemented = Exclude<V2Operation, (typeof V2_NOT_IMPLEMENTED)[number]>;

/** What a v2 operation's handler gets: checked, required members present. */
export type V2Input<Name extends V2Operation> = InputOf<typeof V2Sdk, Name>;

/** What a v2 operation's handler gives; dates as `Date`, enums as text. */
export type V2Output<Name extends V2Operation> = ResultOf<typeof V2Sdk, Name>;

/** The handlers of v2, one for each operation that is not in `not-implemented.ts`. */
export type V2Handlers = SdkHandlers<typeof V2Sdk, V2Implemented>;

/** Operations of v1 that have a handler. */
export type V1Implemented = Exclude<V1Operation, (typeof V1_NOT_IMPLEMENTED)[number]>;

/** What a v1 operation's handler gets: checked, required members present. */
export type V1Input<Name extends V1Operation> = InputOf<typeof V1Sdk, Name>;

/** What a v1 operation's handler gives; dates as `Date`, enums as text. */
export type V1Output<Name extends V1Operation> = ResultOf<typeof V1Sdk, Name>;

/** The handlers of v1, one for each operation that is not in `not-implemented.ts`. */
export type V1Handlers = SdkHandlers<typeof V1Sdk, V1Implemented>;

/** The handlers of both services. */
export interface ControlHandlers {
  readonly v1: V1Handlers;
  readonly v2: V2Handlers;
}

/** Loads the SDK module of v1; 0.1 s, so only when first needed. */
export const loadV1Sdk = (): Promise<object> => import('@aws-sdk/client-api-gateway');

/** Loads the SDK module of v2; 0.1 s, so only when first needed. */
export const loadV2Sdk = (): Promise<object> => import('@aws-sdk/client-apigatewayv2');
