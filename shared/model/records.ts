// The editable definitions of API Gateway v2 as they lie in the store, with the SDK's member names; dates are epoch milliseconds.

/** Protocol of an api; fixed at creation. */
export type ProtocolType = 'WEBSOCKET' | 'HTTP' | 'REST';

/** String map as AWS uses it for tags, parameters, templates and stage variables. */
export type StringMap = Readonly<Record<string, string>>;

/** An api. AWS: apigatewayv2 `Api`. */
export interface ApiRecord {
  readonly ApiId: string;
  readonly Name: string;
  readonly ProtocolType: 'WEBSOCKET' | 'HTTP';
  readonly RouteSelectionExpression: string;
  readonly ApiKeySelectionExpression: string;
  readonly Description?: string;
  readonly DisableExecuteApiEndpoint: boolean;
  readonly DisableSchemaValidation?: boolean;
  readonly IpAddressType?: string;
  readonly Version?: string;
  readonly CorsConfiguration?: unknown;
  readonly Tags: StringMap;
  readonly CreatedDate: number;
  /** Region of the request that made it; the api is listed only there. */
  readonly Region: string;
}

/** Whether a request parameter must be there. AWS: `ParameterConstraints`. */
export interface ParameterConstraints {
  readonly Required?: boolean;
}

/** A route. AWS: apigatewayv2 `Route`. */
export interface RouteRecord {
  readonly RouteId: string;
  readonly RouteKey: string;
  readonly ApiKeyRequired: boolean;
  readonly AuthorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT';
  readonly AuthorizationScopes?: readonly string[];
  readonly AuthorizerId?: string;
  readonly ModelSelectionExpression?: string;
  readonly OperationName?: string;
  readonly RequestModels?: StringMap;
  readonly RequestParameters?: Readonly<Record<string, ParameterConstraints>>;
  readonly RouteResponseSelectionExpression?: string;
  /** `integrations/{integrationId}` */
  readonly Target?: string;
  readonly ApiGatewayManaged?: boolean;
}

/** A route response; turns a route two-way. AWS: apigatewayv2 `RouteResponse`. */
export interface RouteResponseRecord {
  readonly RouteId: string;
  readonly RouteResponseId: string;
  readonly RouteResponseKey: string;
  readonly ModelSelectionExpression?: string;
  readonly ResponseModels?: StringMap;
  readonly ResponseParameters?: Readonly<Record<string, ParameterConstraints>>;
}

/** Type of an integration's back end. */
export type IntegrationType = 'AWS' | 'AWS_PROXY' | 'HTTP' | 'HTTP_PROXY' | 'MOCK';

/** An integration. AWS: apigatewayv2 `Integration`. */
export interface IntegrationRecord {
  readonly IntegrationId: string;
  readonly IntegrationType: IntegrationType;
  readonly IntegrationUri?: string;
  readonly IntegrationMethod?: string;
  readonly IntegrationSubtype?: string;
  readonly IntegrationResponseSelectionExpression?: string;
  readonly ConnectionType: 'INTERNET' | 'VPC_LINK';
  readonly ConnectionId?: string;
  readonly ContentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';
  readonly CredentialsArn?: string;
  readonly Description?: string;
  readonly PassthroughBehavior?: 'WHEN_NO_MATCH' | 'NEVER' | 'WHEN_NO_TEMPLATES';
  readonly PayloadFormatVersion?: string;
  readonly RequestParameters?: StringMap;
  readonly RequestTemplates?: StringMap;
  readonly ResponseParameters?: unknown;
  readonly TemplateSelectionExpression?: string;
  readonly TimeoutInMillis: number;
  readonly TlsConfig?: unknown;
  readonly ApiGatewayManaged?: boolean;
}

/** An integration response. AWS: apigatewayv2 `IntegrationResponse`. */
export interface IntegrationResponseRecord {
  readonly IntegrationId: string;
  readonly IntegrationResponseId: string;
  readonly IntegrationResponseKey: string;
  readonly ContentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';
  readonly ResponseParameters?: StringMap;
  readonly ResponseTemplates?: StringMap;
  readonly TemplateSelectionExpression?: string;
}

/** A model. AWS: apigatewayv2 `Model`. */
export interface ModelRecord {
  readonly ModelId: string;
  readonly Name: string;
  readonly ContentType?: string;
  readonly Description?: string;
  readonly Schema: string;
}

/** An authorizer. AWS: apigatewayv2 `Authorizer`. */
export interface AuthorizerRecord {
  readonly AuthorizerId: string;
  readonly Name: string;
  readonly AuthorizerType: 'REQUEST' | 'JWT';
  readonly AuthorizerUri?: string;
  readonly AuthorizerCredentialsArn?: string;
  readonly AuthorizerPayloadFormatVersion?: string;
  readonly AuthorizerResultTtlInSeconds?: number;
  readonly EnableSimpleResponses?: boolean;
  readonly IdentitySource: readonly string[];
  readonly IdentityValidationExpression?: string;
  readonly JwtConfiguration?: unknown;
}

/** A deployment. AWS: apigatewayv2 `Deployment`; `Snapshot` is the hash of the frozen definitions in the blob store. */
export interface DeploymentRecord {
  readonly DeploymentId: string;
  readonly AutoDeployed: boolean;
  readonly DeploymentStatus: 'PENDING' | 'FAILED' | 'DEPLOYED';
  readonly DeploymentStatusMessage?: string;
  readonly Description?: string;
  readonly CreatedDate: number;
  readonly Snapshot?: string;
}

/** Settings of one route or of all routes of a stage. AWS: `RouteSettings`. */
export interface RouteSettings {
  readonly DataTraceEnabled?: boolean;
  readonly DetailedMetricsEnabled?: boolean;
  readonly LoggingLevel?: 'ERROR' | 'INFO' | 'OFF';
  readonly ThrottlingBurstLimit?: number;
  readonly ThrottlingRateLimit?: number;
}

/** A stage. AWS: apigatewayv2 `Stage`. */
export interface StageRecord {
  readonly StageName: string;
  readonly AccessLogSettings?: { readonly DestinationArn?: string; readonly Format?: string };
  readonly AutoDeploy: boolean;
  readonly ClientCertificateId?: string;
  readonly CreatedDate: number;
  readonly LastUpdatedDate: number;
  readonly DefaultRouteSettings: RouteSettings;
  readonly DeploymentId?: string;
  readonly Description?: string;
  readonly LastDeploymentStatusMessage?: string;
  readonly RouteSettings: Readonly<Record<string, RouteSettings>>;
  readonly StageVariables: StringMap;
  readonly Tags: StringMap;
  readonly ApiGatewayManaged?: boolean;
}

/** What a custom domain's clients must prove. AWS: apigatewayv2 `MutualTlsAuthentication`. */
export interface MutualTlsRecord {
  readonly TruststoreUri: string;
  readonly TruststoreVersion?: string;
  readonly TruststoreWarnings: readonly string[];
  /** Blob hash of the bundle as it was read; ours. */
  readonly Truststore: string;
  /** The version that was read where none was asked for; ours. */
  readonly ReadVersion?: string;
}

/** A custom domain name. AWS: apigatewayv2 `DomainName`. */
export interface DomainNameRecord {
  readonly DomainName: string;
  readonly ApiMappingSelectionExpression: string;
  readonly DomainNameConfigurations: readonly unknown[];
  readonly MutualTlsAuthentication?: MutualTlsRecord;
  readonly RoutingMode?: string;
  readonly Tags: StringMap;
  readonly Region: string;
}

/** Which stage of which api a custom domain serves under a key. AWS: apigatewayv2 `ApiMapping`. */
export interface ApiMappingRecord {
  readonly ApiMappingId: string;
  readonly ApiId: string;
  readonly ApiMappingKey: string;
  readonly Stage: string;
}
