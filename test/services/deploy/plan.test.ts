// Plans: order, conditions, unsupported types, properties, and all faults of a template at once.
import { expect, test } from 'vitest';
import { faultsOf, planOf } from '../../support/plan.ts';

const CHAT = `
Resources:
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Deployment}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    Properties: {ApiId: !Ref Api}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      Target: !Sub integrations/\${Integration}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: MOCK}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
`;
const order = (text: string): string[] =>
  planOf(text).resources.map(({ declared }) => declared.logicalId);

test('resources come after what they need, and a deployment after all definitions', () => {
  expect(order(CHAT)).toEqual(['Api', 'Integration', 'Route', 'Deployment', 'Stage']);
});

test('DependsOn is kept, and one on a resource that is not made is ignored', () => {
  const text = `
Conditions: {Never: !Equals [1, 2]}
Resources:
  A: {Type: AWS::IAM::Role, DependsOn: [B, C]}
  B: {Type: AWS::IAM::Role}
  C: {Type: AWS::IAM::Role, Condition: Never}
`;
  expect(order(text)).toEqual(['B', 'A']);
});

test('a cycle is named', () => {
  const text = `
Resources:
  A: {Type: AWS::IAM::Role, DependsOn: B}
  B: {Type: AWS::IAM::Policy, Properties: {PolicyName: !Ref C}}
  C: {Type: AWS::IAM::Policy, Properties: {PolicyName: !GetAtt A.Arn}}
`;
  expect(faultsOf(text)).toEqual(['Resources.A: resources depend on each other: A → B → C → A']);
});

test('all faults come at once, in the order of the file, with their positions', () => {
  const text = `Parametres: {}
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: !Ref Nobody
      Protocol: WEBSOCKET
      DisableExecuteApiEndpoint: perhaps
  Bad: 5
`;
  expect(() => planOf(text)).toThrow(
    [
      'template.yaml:1:1: Parametres: there is no section of the name Parametres',
      'template.yaml:3:3: Resources.Queue: Queue is of type AWS::SQS::Queue, which is not supported',
      'template.yaml:7:5: Resources.Api.Properties: the property ProtocolType is missing',
      'template.yaml:8:7: Resources.Api.Properties.Name.Ref: there is no parameter or resource Nobody',
      'template.yaml:9:7: Resources.Api.Properties.Protocol: AWS::ApiGatewayV2::Api has no property Protocol',
      'template.yaml:10:7: Resources.Api.Properties.DisableExecuteApiEndpoint: DisableExecuteApiEndpoint must be true or false, not a string',
      'template.yaml:11:3: Resources.Bad: a resource must be a map, not a number',
    ].join('\n'),
  );
});

test.each([
  ['Resources: {}', ['Resources: a template must have at least one resource']],
  ['Resources: {A: {}}', ['Resources.A: a resource must have a Type']],
  [
    'Resources: {A-b: {Type: AWS::IAM::Role}}',
    ['Resources.A-b: a logical id must be letters and digits'],
  ],
  [
    'Resources: {A: {Type: AWS::IAM::Role, DependsOn: B}}',
    ['Resources.A.DependsOn: there is no resource B'],
  ],
  [
    'Resources: {A: {Type: AWS::IAM::Role, DependsOn: {a: 1}}}',
    ['Resources.A.DependsOn: must be a logical id or a list of logical ids'],
  ],
  [
    'Resources: {A: {Type: AWS::IAM::Role, Condition: X}}',
    ['Resources.A.Condition: there is no condition X'],
  ],
  [
    'Resources: {A: {Type: AWS::IAM::Role, Properties: []}}',
    ['Resources.A.Properties: must be a map, not a list'],
  ],
  [
    'Transform: AWS::Include\nResources: {A: {Type: AWS::IAM::Role}}',
    ['Transform: the transform "AWS::Include" is not supported'],
  ],
  [
    'Resources: {A: {Type: AWS::IAM::Role}}\nOutputs: {O: {}}',
    ['Outputs.O: an output must be a map with a Value'],
  ],
  [
    'Resources: {A: {Type: AWS::Serverless::SimpleTable}}',
    ['Resources.A: AWS::Serverless::SimpleTable needs "Transform: AWS::Serverless-2016-10-31"'],
  ],
])('%s', (text, expected) => {
  expect(faultsOf(text)).toEqual(expected);
});

const CONDITIONAL = `
Conditions: {Never: !Equals [1, 2]}
Resources:
  Gone: {Type: AWS::IAM::Role, Condition: Never}
  Policy: {Type: AWS::IAM::Policy, Properties: {PolicyName: `;

test('a reference to a resource that is not made is a fault, but not in a branch not taken', () => {
  expect(faultsOf(`${CONDITIONAL}!Ref Gone}}\n`)).toEqual([
    'Resources.Policy.Properties.PolicyName.Ref: Gone is not made, since its condition Never does not hold',
  ]);
  expect(faultsOf(`${CONDITIONAL}!If [Never, !Ref Gone, x]}}\n`)).toEqual([]);
});

test('skipUnsupported names what it skips and still refuses references to it', () => {
  const text = 'Resources:\n  Queue: {Type: AWS::SQS::Queue}\n  Role: {Type: AWS::IAM::Role}\n';
  expect(planOf(text, { skipUnsupported: true }).messages).toContain(
    'Skipped Queue: AWS::SQS::Queue is not supported.',
  );
  expect(faultsOf(`${text}Outputs: {O: {Value: !Ref Queue}}\n`, { skipUnsupported: true })).toEqual(
    ['Outputs.O.Value.Ref: Queue is not made, since its type AWS::SQS::Queue is not supported'],
  );
});

test('types and properties without effect are said to be so', () => {
  const text = `
Resources:
  Role: {Type: AWS::IAM::Role}
  Logs: {Type: AWS::Logs::LogGroup}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
`;
  expect(planOf(text).messages).toEqual([
    'AWS::IAM::Role has no effect, roles and policies are not enforced on functions: Role.',
    'AWS::Logs::LogGroup has no effect, logs of functions and stages are in the log of the node: Logs.',
    'Resources.Table.Properties.StreamSpecification has no effect.',
  ]);
});

/** As `cdk synth` writes it, in short. */
const CDK = `{
  "Resources": {
    "Fn": {
      "Type": "AWS::Lambda::Function",
      "Properties": {
        "Code": { "S3Bucket": { "Fn::Sub": "cdk-\${AWS::AccountId}" }, "S3Key": "abc.zip" },
        "Handler": "index.handler", "Role": "arn", "Runtime": "nodejs22.x"
      },
      "Metadata": { "aws:asset:path": ".", "aws:asset:property": "Code" }
    },
    "CDKMetadata": { "Type": "AWS::CDK::Metadata", "Condition": "Known", "Properties": { "Analytics": "v2:x" } }
  },
  "Conditions": { "Known": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } },
  "Parameters": { "Bootstrap": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version" } },
  "Rules": { "Check": {} }
}`;

test('a template of the CDK takes the code that lies beside it', () => {
  const { codePaths, messages } = planOf(CDK, { folder: import.meta.dirname });
  expect(codePaths).toEqual([import.meta.dirname]);
  expect(messages).toEqual([
    'AWS::CDK::Metadata has no effect, it only tells AWS which constructs were used: CDKMetadata.',
    'The section Rules has no effect.',
  ]);
});

test('a parameter of Systems Manager needs a value only where it is referred to', () => {
  const used = CDK.replace('"Role": "arn"', '"Role": { "Ref": "Bootstrap" }');
  expect(faultsOf(used)).toEqual([
    "Resources.Fn.Properties.Role.Ref: AWS would read the parameter's value from Systems Manager: give a value for Bootstrap",
  ]);
  expect(faultsOf(used, { parameters: { Bootstrap: 'arn' } })).toEqual([]);
});

test('true and false may be written as YAML 1.1 does', () => {
  const api = (word: string): string =>
    `Resources: {Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, DisableExecuteApiEndpoint: ${word}}}}`;
  expect(faultsOf(api('yes'))).toEqual([]);
  expect(faultsOf(api('maybe'))).toHaveLength(1);
});

test('faults inside API keys and usage plans are told at once', () => {
  const text = `
Resources:
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties:
      Value: short
      Enabled: perhaps
      StageKeys: [{RestApiId: a, Stage: live}]
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      Quota: {Offset: x, Period: YEAR}
      Throttle: {BurstLimit: 1.5, Rate: 3}
      ApiStages:
        - {ApiId: a, Throttle: {$connect: {RateLimit: fast}}}
        - {ApiId: a, Stage: live, Throttle: 5}
      Name: p
  Link:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !GetAtt Key.Id, KeyType: KEY}
`;
  expect(faultsOf(text)).toEqual([
    'Resources.Key.Properties.Value: Value must have 20 to 128 characters',
    'Resources.Key.Properties.Enabled: Enabled must be true or false, not a string',
    'Resources.Key.Properties.StageKeys[0].Stage: a stage key has no property Stage',
    'Resources.Plan.Properties.Quota: the property Limit is missing',
    'Resources.Plan.Properties.Quota.Offset: Offset must be a whole number, not a string',
    'Resources.Plan.Properties.Quota.Period: Period must be one of DAY, WEEK, MONTH, not YEAR',
    'Resources.Plan.Properties.Throttle.BurstLimit: BurstLimit must be a whole number, not a number',
    'Resources.Plan.Properties.Throttle.Rate: a throttle has no property Rate',
    'Resources.Plan.Properties.ApiStages[0]: the property Stage is missing',
    'Resources.Plan.Properties.ApiStages[0].Throttle.$connect.RateLimit: RateLimit must be a number, not a string',
    'Resources.Plan.Properties.ApiStages[1].Throttle: Throttle must be a map, not a number',
    'Resources.Plan.Properties.Name: AWS::ApiGateway::UsagePlan has no property Name',
    'Resources.Link.Properties.KeyId.Fn::GetAtt: Key has no attribute Id',
    'Resources.Link.Properties: the property UsagePlanId is missing',
    'Resources.Link.Properties.KeyType: KeyType must be API_KEY, not KEY',
  ]);
});
