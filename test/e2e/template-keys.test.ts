// API keys and usage plans of a template on a running node: made, changed, replaced, removed, and what sockets see of it.
import {
  APIGatewayClient,
  GetApiKeyCommand,
  GetApiKeysCommand,
  GetUsagePlanCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
} from '@aws-sdk/client-api-gateway';
import { DeleteApiCommand, DeleteStageCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployer, DeployResult } from '#services/deploy/deployer.ts';
import { openChatter, Refused } from '../support/chatter.ts';
import { adminClients, clientSettings, nodeDeployer } from '../support/clients.ts';
import { startNode, type TestNode } from '../support/node.ts';

let node: TestNode;
let deployer: Deployer;
let rest: APIGatewayClient;

beforeAll(async () => {
  node = await startNode();
  deployer = nodeDeployer(node);
  rest = new APIGatewayClient(clientSettings(node));
});
afterAll(async () => {
  deployer.close();
  await node.close();
});

const deploy = (text: string): Promise<DeployResult> =>
  deployer.deploy({ text, file: 't.yaml', folder: import.meta.dirname, stack: 'keys' });

interface Parts {
  readonly key?: string;
  readonly plan?: string;
  readonly rest?: string;
}

/** A template with one key in one plan for one stage; properties as YAML in flow style. */
const template = ({ key = '', plan = '', rest: more = '' }: Parts): string => `
Resources:
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Enabled: true${key}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage${more}}]
${plan}
  Link:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !GetAtt Plan.Id}
  Logs:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: arn:aws:iam::000000000000:role/logs}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: keyed, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Mock:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: MOCK
      TemplateSelectionExpression: "200"
      RequestTemplates: {"200": '{"statusCode": 200}'}
  MockResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Api, IntegrationId: !Ref Mock, IntegrationResponseKey: $default}
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      ApiKeyRequired: true
      Target: !Sub integrations/\${Mock}
  Deployment: {Type: AWS::ApiGatewayV2::Deployment, Properties: {ApiId: !Ref Api}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment}
Outputs:
  Key: {Value: !GetAtt Key.APIKeyId}
  Plan: {Value: !Ref Plan}
  Link: {Value: !Ref Link}
  LinkId: {Value: !GetAtt Link.Id}
`;

async function facts({ outputs }: DeployResult) {
  const { Key: apiKey = '', Plan: usagePlanId = '' } = outputs;
  const key = await rest.send(new GetApiKeyCommand({ apiKey, includeValue: true }));
  const plan = await rest.send(new GetUsagePlanCommand({ usagePlanId }));
  const links = await rest.send(new GetUsagePlanKeysCommand({ usagePlanId }));
  return { key, plan, links: links.items?.map(({ id }) => id) };
}

/** 101, or the status of the refusal. */
async function verdict({ urls }: DeployResult, value: string | undefined): Promise<number> {
  const [url = ''] = Object.values(urls);
  try {
    const headers = value === undefined ? {} : { 'x-api-key': value };
    const chatter = await openChatter(url, { agent: node.agent, headers });
    await chatter.close();
    return 101;
  } catch (error) {
    if (error instanceof Refused) return error.status;
    throw error;
  }
}

const VALUE = 'a-value-of-twenty-or-more';

test('a key in a plan lets sockets in, and everything follows its template', async () => {
  const first = await deploy(template({}));
  const made = await facts(first);
  expect(first.outputs['Link']).toBe(`${first.outputs['Key']}:${first.outputs['Plan']}`);
  expect(first.outputs['LinkId']).toBe(first.outputs['Link']);
  expect(made.key.name).toMatch(/^keys-Key-[A-Z0-9]{12}$/);
  expect(made.plan.name).toMatch(/^keys-Plan-[A-Z0-9]{12}$/);
  expect(made.links).toEqual([first.outputs['Key']]);
  expect([await verdict(first, undefined), await verdict(first, made.key.value)]).toEqual([
    ...[403, 101],
  ]);

  const key =
    ', Description: d, CustomerId: c, Tags: [{Key: team, Value: red}], StageKeys: [{RestApiId: a, StageName: b}]';
  const plan = `
      UsagePlanName: gold
      Description: the best
      Quota: {Limit: "2", Offset: 1, Period: MONTH}
      Throttle: {BurstLimit: 5, RateLimit: 2.5}
      Tags: {team: red}`;
  const more = ', Throttle: {$connect: {RateLimit: "100", BurstLimit: 50}}';
  const second = await deploy(template({ key, plan, rest: more }));
  expect(second.outputs).toEqual(first.outputs);
  expect(await facts(second)).toMatchObject({
    key: { value: made.key.value, description: 'd', customerId: 'c', tags: { team: 'red' } },
    plan: {
      ...{ name: 'gold', description: 'the best', tags: { team: 'red' } },
      quota: { limit: 2, offset: 1, period: 'MONTH' },
      throttle: { burstLimit: 5, rateLimit: 2.5 },
      apiStages: [{ stage: 'live', throttle: { $connect: { rateLimit: 100, burstLimit: 50 } } }],
    },
  });
  expect((await facts(second)).key.stageKeys).toEqual(['a/b']);
  expect([await verdict(second, made.key.value), await verdict(second, made.key.value)]).toEqual([
    ...[429, 429],
  ]);
  expect((await deploy(template({ key, plan, rest: more }))).changes).toEqual([]);

  const bare = await deploy(template({}));
  expect(bare.outputs).toEqual(first.outputs);
  const left = await facts(bare);
  expect(left.plan).toMatchObject({ apiStages: [{ stage: 'live' }], tags: {} });
  expect(left.plan.apiStages?.[0]).not.toHaveProperty('throttle');
  for (const gone of ['quota', 'throttle', 'description'])
    expect(left.plan).not.toHaveProperty(gone);
  expect(left.key).toMatchObject({ stageKeys: [], tags: {} });
  expect(left.key).not.toHaveProperty('customerId');
  expect(await verdict(bare, made.key.value)).toBe(101);
});

test('a key that is replaced leaves its plan to the new one, also under the same value', async () => {
  const first = await deploy(template({ key: `, Value: ${VALUE}` }));
  expect(await verdict(first, VALUE)).toBe(101);
  const renamed = await deploy(template({ key: `, Value: ${VALUE}, Name: other` }));
  expect(renamed.outputs['Key']).not.toBe(first.outputs['Key']);
  expect(renamed.outputs['Plan']).toBe(first.outputs['Plan']);
  expect((await facts(renamed)).links).toEqual([renamed.outputs['Key']]);
  expect(await verdict(renamed, VALUE)).toBe(101);
  expect((await rest.send(new GetApiKeysCommand({}))).items).toHaveLength(1);
  const off = await deploy(
    template({ key: `, Value: ${VALUE}, Name: other` }).replace('Enabled: true', 'Enabled: false'),
  );
  expect(off.outputs).toEqual(renamed.outputs);
  expect(await verdict(off, VALUE)).toBe(403);
});

test('a stage that somebody has deleted comes back with its address and its place in the plan', async () => {
  const text = template({ key: `, Value: ${VALUE}` });
  const first = await deploy(text);
  const [name = ''] = Object.keys(first.urls);
  const [ApiId, StageName] = name.split('/');
  const { gateway } = adminClients(node);
  await gateway.send(new DeleteStageCommand({ ApiId, StageName }));
  expect(await verdict(first, VALUE)).toBe(403);
  const again = await deploy(text);
  expect(again.changes).toEqual(['created Stage', 'updated Plan']);
  expect(again.urls).toEqual(first.urls);
  expect(await verdict(again, VALUE)).toBe(101);
  await gateway.send(new DeleteApiCommand({ ApiId }));
  const anew = await deploy(text);
  expect(anew.urls).not.toEqual(first.urls);
  expect(anew.messages).toContain('Api was gone and is made again.');
  expect(await verdict(anew, VALUE)).toBe(101);
  expect((await deploy(text)).changes).toEqual([]);
});

test('a stack that goes takes plan and key along, though the plan has a stage', async () => {
  await deployer.remove('keys');
  expect((await rest.send(new GetApiKeysCommand({}))).items).toEqual([]);
  expect((await rest.send(new GetUsagePlansCommand({}))).items).toEqual([]);
});

test('a key in a plan for a stage that is not there says so', async () => {
  const text = template({}).replace('Stage: !Ref Stage', 'Stage: !Sub "${Stage}x"');
  await expect(deploy(text)).rejects.toThrow(
    /^Plan \(AWS::ApiGateway::UsagePlan\): Invalid API Stage \{api: \w+, stage: livex\} specified/,
  );
  await deployer.remove('keys');
});
