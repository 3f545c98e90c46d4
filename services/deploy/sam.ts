// The SAM transform: serverless resources become the plain CloudFormation resources they stand for.
import { child } from './faults.ts';
import type { Faults } from './faults.ts';
import { checkGlobals, withGlobals } from './globals.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { webSocketApi } from './sam-websocket-api.ts';
import type { ResourceDeclaration, Template } from './sections.ts';

/** What a transform of one resource may use. */
export interface SamContext {
  readonly faults: Faults;
  /** Whether what is not supported is left out with a message instead of being a fault. */
  readonly skipUnsupported: boolean;
  readonly say: (message: string) => void;
}

type Transform = (declared: ResourceDeclaration, context: SamContext) => ResourceDeclaration[];

const TRANSFORMS: ReadonlyMap<string, Transform> = new Map<string, Transform>([
  ['AWS::Serverless::Function', serverlessFunction],
  ['AWS::Serverless::SimpleTable', simpleTable],
  ['AWS::Serverless::WebSocketApi', webSocketApi],
]);

/** `template` with every serverless resource that is supported written out; others are left for the plan to refuse. */
export function transformSam(template: Template, context: SamContext): Template {
  checkGlobals(template.globals, context.faults);
  const resources = template.resources.flatMap((declared) => {
    const transform = TRANSFORMS.get(declared.type);
    if (transform === undefined) return [declared];
    if (!template.usesSam) {
      context.faults.add(
        declared.path,
        `${declared.type} needs "Transform: AWS::Serverless-2016-10-31"`,
      );
    }
    const properties = withGlobals(template.globals, declared.type, declared.properties);
    return transform({ ...declared, properties }, context);
  });
  return { ...template, resources };
}

/** Properties of AWS::Serverless::Function that have another name, or another meaning, in AWS::Lambda::Function. */
const OWN_PROPERTIES: ReadonlySet<string> = new Set([
  'AssumeRolePolicyDocument',
  'CodeUri',
  'DeadLetterQueue',
  'Events',
  'FunctionUrlConfig',
  'ImageUri',
  'InlineCode',
  'PermissionsBoundary',
  'Policies',
  'RolePath',
  'Tracing',
]);

/** Roles are not enforced, so what only shapes the function's own role is accepted without a word. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AutoPublishAlias',
  'AutoPublishAliasAllProperties',
  'AutoPublishCodeSha256',
  'DeadLetterQueue',
  'DeploymentPreference',
  'EventInvokeConfig',
  'PropagateTags',
  'ProvisionedConcurrencyConfig',
  'Tracing',
  'VersionDeletionPolicy',
  'VersionDescription',
]);

/** AWS: SAM developer guide, AWS::Serverless::Function; a role of its own is made when none is named. */
function serverlessFunction(
  declared: ResourceDeclaration,
  context: SamContext,
): ResourceDeclaration[] {
  const { properties, path, logicalId } = declared;
  const place = child(path, 'Properties');
  for (const name of Object.keys(properties)) {
    if (WITHOUT_EFFECT.has(name)) context.say(`${child(place, name)} has no effect.`);
  }
  refuseEvents(properties, place, context);
  const role = `${logicalId}Role`;
  const kept = Object.entries(properties).filter(
    ([name]) => !OWN_PROPERTIES.has(name) && !WITHOUT_EFFECT.has(name),
  );
  const lambda: ResourceDeclaration = {
    ...declared,
    type: 'AWS::Lambda::Function',
    written: { Code: ['InlineCode', 'ImageUri'].find((name) => name in properties) ?? 'CodeUri' },
    properties: {
      Role: { 'Fn::GetAtt': [role, 'Arn'] },
      ...Object.fromEntries(kept),
      ...codeOf(properties, place, context.faults),
    },
  };
  if (properties['Role'] !== undefined) return [lambda];
  return [{ ...declared, logicalId: role, type: 'AWS::IAM::Role', properties: {} }, lambda];
}

function codeOf(properties: JsonObject, place: string, faults: Faults): JsonObject {
  const { CodeUri: uri, InlineCode: inline } = properties;
  if (inline !== undefined) return { Code: { ZipFile: inline } };
  if (isObject(uri) && uri['Bucket'] !== undefined) {
    return { Code: { S3Bucket: uri['Bucket'], S3Key: uri['Key'] ?? '' } };
  }
  if (uri !== undefined) return { Code: uri };
  if (properties['ImageUri'] === undefined && properties['PackageType'] !== 'Image') {
    faults.add(place, 'needs CodeUri or InlineCode');
  }
  return properties['ImageUri'] === undefined ? {} : { Code: { ImageUri: properties['ImageUri'] } };
}

/** Events make resources of other services. A WebSocket API's routes are resources of their own. */
function refuseEvents(properties: JsonObject, place: string, context: SamContext): void {
  const refuse = (path: string, what: string): void => {
    if (context.skipUnsupported) context.say(`Skipped ${path}: ${what} is not supported.`);
    else context.faults.add(path, `${what} is not supported`);
  };
  const events: Json = properties['Events'] ?? {};
  for (const [name, event] of Object.entries(isObject(events) ? events : {})) {
    const type = isObject(event) ? JSON.stringify(event['Type']) : 'none';
    refuse(child(child(place, 'Events'), name), `an event of type ${type}`);
  }
  if (properties['FunctionUrlConfig'] !== undefined) {
    refuse(child(place, 'FunctionUrlConfig'), 'a function URL');
  }
}

/** DynamoDB's letters for the types of SAM's primary key. */
const KEY_TYPES: Readonly<Record<string, string>> = { String: 'S', Number: 'N', Binary: 'B' };

/** AWS: SAM developer guide, AWS::Serverless::SimpleTable: one hash key, `id` of type String unless said otherwise. */
function simpleTable(declared: ResourceDeclaration, { faults }: SamContext): ResourceDeclaration[] {
  const { PrimaryKey: key, ...rest } = declared.properties;
  const { Name: name = 'id', Type: type = 'String' } = isObject(key) ? key : {};
  const letter = typeof type === 'string' ? KEY_TYPES[type] : undefined;
  if (letter === undefined) {
    faults.add(
      child(declared.path, 'Properties.PrimaryKey'),
      'Type must be String, Number or Binary',
    );
  }
  const throughput = rest['ProvisionedThroughput'];
  return [
    {
      ...declared,
      type: 'AWS::DynamoDB::Table',
      properties: {
        AttributeDefinitions: [{ AttributeName: name, AttributeType: letter ?? 'S' }],
        KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
        ...(throughput === undefined ? { BillingMode: 'PAY_PER_REQUEST' } : {}),
        ...rest,
      },
    },
  ];
}
