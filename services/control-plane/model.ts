// The official SDK clients of API Gateway, the source of the control plane's operations and types; nothing else may import them.

export type * as v1 from '@aws-sdk/client-api-gateway';
export type * as v2 from '@aws-sdk/client-apigatewayv2';
