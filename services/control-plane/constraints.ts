// Lengths, enums, ranges and forms of API Gateway v2's members, which the SDK's schemas do not carry (AWS: apigatewayv2 API reference).
import type { Limits } from '#shared/model/limits.ts';
import { accessLogDestination, accessLogFormat } from './constraints/access-log.ts';
import {
  anything,
  between,
  firstFlaw,
  listOf,
  mapOf,
  members,
  oneOf,
  saying,
  text,
  type Constraints,
} from './constraints/rules.ts';
import { badRequest } from './faults.ts';

const MANY = 300;
const SCHEMA_LENGTH = 32_768;
const ID = text(1, 128);
const DESCRIPTION = text(0, 1024);
const EXPRESSION = text(1, 128);
const TAGS = mapOf(
  saying('Tag keys may not begin with aws:', text(1, 128, /^(?!aws:)/)),
  text(0, 1600),
  'tagsPerResource',
);
const TEMPLATES = mapOf(text(1, 128), text(0, 'templateCharacters'), MANY);
const MODELS = mapOf(text(1, 128), text(1, 128), MANY);
const CONTENT_HANDLING = oneOf(['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT']);

const ROUTE_SETTINGS: Constraints = {
  LoggingLevel: saying(
    'Invalid logging level specified. Must be one of [OFF, ERROR, INFO]',
    oneOf(['ERROR', 'INFO', 'OFF']),
  ),
  ThrottlingBurstLimit: between(0, 2_147_483_647),
  ThrottlingRateLimit: between(0, Number.MAX_VALUE),
};

const STAGE_VARIABLES = mapOf(
  saying(
    'Stage variable names may contain only alphanumeric characters and underscores',
    text(1, 64, /^[A-Za-z0-9_]+$/),
  ),
  saying(
    'Stage variable values may contain only alphanumeric characters and -._~:/?#&=,',
    text(0, 512, /^[A-Za-z0-9\-._~:/?#&=,]*$/),
  ),
  100,
);

const ROLE_ARN = saying(
  'Invalid ARN specified in the request',
  text(1, 2048, /^(arn:|\$\{stageVariables\.)/),
);

const MAPPING_KEY_CHARACTERS = /^[A-Za-z0-9$\-_.+!*'(),/]*$/;

/** Rules by kind of resource and member; create and update share them. */
export const CONSTRAINTS = {
  Api: {
    Name: saying('Invalid API name specified', text(1, 128)),
    ProtocolType: saying(
      'Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]',
      oneOf(['HTTP', 'WEBSOCKET']),
    ),
    ApiKeySelectionExpression: saying(
      'Invalid ApiKeySelectionExpression specified. Must be one of [$request.header.x-api-key, $context.authorizer.usageIdentifierKey]',
      oneOf(['$request.header.x-api-key', '$context.authorizer.usageIdentifierKey']),
    ),
    Description: DESCRIPTION,
    IpAddressType: oneOf(['ipv4', 'dualstack']),
    RouteSelectionExpression: text(1, 128),
    Version: text(1, 64),
    Target: text(1, 2048),
    RouteKey: text(1, 512),
    CredentialsArn: ROLE_ARN,
    Tags: TAGS,
  },
  Route: {
    RouteKey: saying('Route key is required', text(1, Number.MAX_SAFE_INTEGER)),
    AuthorizationType: saying(
      'Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM, JWT]',
      oneOf(['NONE', 'AWS_IAM', 'CUSTOM', 'JWT']),
    ),
    AuthorizationScopes: listOf(text(1, 64), 10),
    AuthorizerId: ID,
    ModelSelectionExpression: EXPRESSION,
    OperationName: text(1, 64),
    RequestModels: MODELS,
    RouteResponseSelectionExpression: EXPRESSION,
    Target: text(1, 128),
  },
  RouteResponse: {
    RouteResponseKey: text(1, 128),
    ModelSelectionExpression: EXPRESSION,
    ResponseModels: MODELS,
  },
  Integration: {
    IntegrationType: saying(
      'Invalid integration type specified. Must be one of [AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]',
      oneOf(['AWS', 'AWS_PROXY', 'HTTP', 'HTTP_PROXY', 'MOCK']),
    ),
    ConnectionId: text(1, 1024),
    ConnectionType: oneOf(['INTERNET', 'VPC_LINK']),
    ContentHandlingStrategy: CONTENT_HANDLING,
    CredentialsArn: ROLE_ARN,
    Description: DESCRIPTION,
    IntegrationMethod: text(1, 64),
    IntegrationSubtype: text(1, 128),
    IntegrationUri: text(1, 2048),
    PassthroughBehavior: oneOf(['WHEN_NO_MATCH', 'NEVER', 'WHEN_NO_TEMPLATES']),
    PayloadFormatVersion: saying(
      'Unsupported PayloadFormatVersion: {value}',
      oneOf(['1.0', '2.0']),
    ),
    RequestParameters: mapOf(text(1, 512), text(0, 512), MANY),
    RequestTemplates: TEMPLATES,
    TemplateSelectionExpression: EXPRESSION,
  },
  IntegrationResponse: {
    IntegrationResponseKey: text(1, 128),
    ContentHandlingStrategy: CONTENT_HANDLING,
    ResponseParameters: mapOf(text(1, 512), text(0, 512), MANY),
    ResponseTemplates: TEMPLATES,
    TemplateSelectionExpression: EXPRESSION,
  },
  Model: {
    Name: saying('Model name must be alphanumeric: {value}', text(1, 128, /^[A-Za-z0-9]+$/)),
    ContentType: text(1, 256),
    Description: DESCRIPTION,
    Schema: text(0, SCHEMA_LENGTH),
  },
  Authorizer: {
    Name: text(1, 128),
    AuthorizerType: saying(
      'Invalid authorizer type specified. Must be one of [REQUEST, JWT]',
      oneOf(['REQUEST', 'JWT']),
    ),
    AuthorizerCredentialsArn: ROLE_ARN,
    AuthorizerPayloadFormatVersion: oneOf(['1.0', '2.0']),
    AuthorizerResultTtlInSeconds: saying(
      'Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.',
      between(0, 3600),
    ),
    AuthorizerUri: text(1, 2048),
  },
  Deployment: { Description: DESCRIPTION, StageName: text(1, 128) },
  Stage: {
    StageName: saying(
      'Stage name only allows a-zA-Z0-9_',
      text(1, 128, /^([a-zA-Z0-9_-]+|\$default)$/),
    ),
    AccessLogSettings: members({ DestinationArn: accessLogDestination, Format: accessLogFormat }),
    ClientCertificateId: ID,
    DefaultRouteSettings: members(ROUTE_SETTINGS),
    DeploymentId: ID,
    Description: DESCRIPTION,
    RouteSettings: mapOf(text(1, 512), members(ROUTE_SETTINGS), MANY),
    StageVariables: STAGE_VARIABLES,
    Tags: TAGS,
  },
  DomainName: {
    DomainName: saying(
      'Invalid domain name specified',
      text(1, 512, /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
    ),
    DomainNameConfigurations: listOf(
      members({
        EndpointType: saying(
          '{value} endpoint type is not supported for APIGatewayV2 domainName',
          oneOf(['REGIONAL']),
        ),
        SecurityPolicy: saying(
          'Invalid security policy specified. Must be one of [TLS_1_2]',
          oneOf(['TLS_1_2']),
        ),
        IpAddressType: oneOf(['ipv4', 'dualstack']),
        CertificateArn: text(0, 2048),
      }),
      1,
    ),
    RoutingMode: oneOf(['API_MAPPING_ONLY', 'ROUTING_RULE_ONLY', 'ROUTING_RULE_THEN_API_MAPPING']),
    MutualTlsAuthentication: anything,
    Tags: TAGS,
  },
  ApiMapping: {
    ApiMappingKey: saying(
      "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),",
      text(0, 300, MAPPING_KEY_CHARACTERS),
    ),
    Stage: text(1, 128),
  },
  Tags: { Tags: TAGS },
} as const satisfies Readonly<Record<string, Constraints>>;

/** Kinds of resources with constraints. */
export type Constrained = keyof typeof CONSTRAINTS;

/** Refuses with 400 an input whose members break the rules of a kind. */
export function check(kind: Constrained, input: object, limits: Limits): void {
  const members = input as Readonly<Record<string, unknown>>;
  const flaw = firstFlaw(CONSTRAINTS[kind], members, limits);
  if (flaw !== undefined) throw badRequest(flaw);
}

/** As `check` for a PATCH, where `""` means removal; `required` texts cannot be removed and are checked always. */
export function checkPatch(
  kind: Constrained,
  input: object,
  { limits, required = [] }: { readonly limits: Limits; readonly required?: readonly string[] },
): void {
  const checked = Object.entries(input).filter(
    ([member, value]) => value !== '' || required.includes(member),
  );
  check(kind, Object.fromEntries(checked), limits);
}
