// AWS::IAM::*, AWS::Logs::*, AWS::CDK::Metadata and what only AWS needs of API Gateway: accepted, but nothing is made of them.
import type { JsonObject } from '../json.ts';
import { physicalName, physicalSuffix } from '../names.ts';
import type { Made, ResourceContext, ResourceType } from './resource-type.ts';

/** What Ref and Fn::GetAtt answer for one type. */
interface Answers {
  /** Property that gives the name; otherwise one is made up. */
  readonly name: string;
  readonly attributes: readonly string[];
  /** ARN of a resource called `name`. */
  arn(name: string, context: ResourceContext): string;
  /** Ref is the ARN, not the name. */
  readonly refIsArn?: true;
  /** Why nothing is made of it, where its service does not say. */
  readonly reason?: string;
}

const IAM_REASON = 'roles and policies are not enforced on functions';
const CDK_REASON = 'it only tells AWS which constructs were used';
const LOGS_REASON = 'logs of functions and stages are in the log of the node';

const ACCOUNT_REASON = 'logs need no role here';
const LINK_REASON = 'the setting vpcLinks says where requests through the link of this name go';

const iamArn =
  (kind: string) =>
  (name: string, { stack }: ResourceContext): string =>
    `arn:aws:iam::${stack.accountId}:${kind}/${name}`;

const logsArn = (name: string, { stack }: ResourceContext): string =>
  `arn:aws:logs:${stack.region}:${stack.accountId}:log-group:${name}:*`;

const linkArn = (name: string, { stack }: ResourceContext): string =>
  `arn:aws:apigateway:${stack.region}::/vpclinks/${name}`;

/** AWS: return values of each type in the CloudFormation template reference. Types not named here answer a name only. */
const ANSWERS: Readonly<Record<string, Answers>> = {
  'AWS::ApiGateway::Account': {
    ...{ name: 'Id', attributes: ['Id'], arn: linkArn, reason: ACCOUNT_REASON },
  },
  'AWS::ApiGateway::VpcLink': {
    ...{ name: 'Name', attributes: ['VpcLinkId'], arn: linkArn, reason: LINK_REASON },
  },
  'AWS::ApiGatewayV2::VpcLink': {
    ...{ name: 'Name', attributes: ['VpcLinkId'], arn: linkArn, reason: LINK_REASON },
  },
  'AWS::IAM::Group': { name: 'GroupName', attributes: ['Arn'], arn: iamArn('group') },
  'AWS::IAM::InstanceProfile': {
    name: 'InstanceProfileName',
    attributes: ['Arn'],
    arn: iamArn('instance-profile'),
  },
  'AWS::IAM::ManagedPolicy': {
    name: 'ManagedPolicyName',
    attributes: ['PolicyArn', 'PolicyId'],
    arn: iamArn('policy'),
    refIsArn: true,
  },
  'AWS::IAM::Policy': { name: 'PolicyName', attributes: ['Id'], arn: iamArn('policy') },
  'AWS::IAM::Role': { name: 'RoleName', attributes: ['Arn', 'RoleId'], arn: iamArn('role') },
  'AWS::IAM::User': { name: 'UserName', attributes: ['Arn'], arn: iamArn('user') },
  'AWS::Logs::LogGroup': { name: 'LogGroupName', attributes: ['Arn'], arn: logsArn },
  'AWS::Logs::LogStream': { name: 'LogStreamName', attributes: [], arn: logsArn },
};

/** The type `name` when it is one that is accepted without effect. */
export function typeWithoutEffect(name: string): ResourceType | undefined {
  const known = Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
  const service = /^AWS::(IAM|Logs|CDK)::[A-Za-z0-9]+$/.exec(name)?.[1];
  if (service === undefined && known === undefined) return undefined;
  const reasons: Record<string, string> = { IAM: IAM_REASON, Logs: LOGS_REASON, CDK: CDK_REASON };
  const fallback: Answers = { name: 'Name', attributes: [], arn: iamArn('other') };
  const answers = known ?? fallback;
  return {
    type: name,
    properties: {},
    attributes: answers.attributes,
    withoutEffect: answers.reason ?? reasons[service ?? ''] ?? IAM_REASON,
    create: async (properties, context) => madeOf(answers, properties, context),
    update: async (properties, { made }, context) => {
      const given = properties[answers.name];
      return given === undefined || given === made.keys['Name']
        ? made
        : madeOf(answers, properties, context);
    },
    remove: async () => undefined,
  };
}

function madeOf(answers: Answers, properties: JsonObject, context: ResourceContext): Made {
  const given = properties[answers.name];
  const { stack, logicalId } = context;
  const name = typeof given === 'string' ? given : physicalName(stack.name, logicalId, 64);
  const arn = answers.arn(name, context);
  const id = `A${physicalSuffix()}`;
  const valueOf = (attribute: string): string => {
    if (attribute === 'VpcLinkId') return name;
    return attribute.endsWith('Arn') ? arn : id;
  };
  return {
    ref: answers.refIsArn ? arn : name,
    attributes: Object.fromEntries(answers.attributes.map((one) => [one, valueOf(one)])),
    keys: { Name: name },
  };
}
