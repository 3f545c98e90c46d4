// Deployments against fake clients: make, change in place, replace, remove, fail and continue, and never lose data.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeployError, Deployer } from '#services/deploy/deployer.ts';
import type { DeployRequest, DeployResult } from '#services/deploy/deployer.ts';
import { TemplateError } from '#services/deploy/faults.ts';
import { awsError, fakeAws, MemoryStacks } from '../../support/fake-aws.ts';
import type { FakeAws } from '../../support/fake-aws.ts';

let aws: FakeAws;
let stacks: MemoryStacks;
let folder: string;

beforeEach(() => {
  aws = fakeAws();
  stacks = new MemoryStacks();
  folder = mkdtempSync(join(tmpdir(), 'postern-deploy-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/app.mjs'), 'export const handler = async () => 1;');
});
afterEach(() => rmSync(folder, { recursive: true }));

function deploy(text: string, options: Partial<DeployRequest> = {}): Promise<DeployResult> {
  const deployer = new Deployer({ clients: aws.clients, stacks, now: () => 1000 });
  return deployer.deploy({ text, file: 't.yaml', folder, stack: 'chat', ...options });
}

const inputOf = (operation: string): Readonly<Record<string, unknown>> | undefined =>
  aws.calls.findLast(([name]) => name === operation)?.[1];

const CHAT = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: say, Target: !Sub "integrations/\${Integration}"}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub arn:\${AWS::Region}:\${Fn.Arn}/invocations
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: nodejs24.x
      Environment: {Variables: {TABLE: !Ref Table, PORT: 80}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Fn, Principal: apigateway.amazonaws.com}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    Properties: {ApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
Outputs:
  Url: {Value: !Sub "\${Api.ApiEndpoint}/\${Stage}"}
  Table: {Value: !GetAtt Table.Arn}
`;

test('a first deployment makes everything in order and answers outputs and addresses', async () => {
  const { outputs, urls } = await deploy(CHAT);
  expect(aws.changes()).toEqual([
    'createApi',
    'createTable',
    'createFunction',
    'createIntegration',
    'createRoute',
    'addPermission',
    'createDeployment',
    'createStage',
  ]);
  expect(outputs['Url']).toBe('wss://api1.aws/live');
  expect(outputs['Table']).toMatch(/:table\/chat-Table-[A-Z0-9]{12}$/);
  expect(urls).toEqual({ 'api1/live': 'wss://localhost:8443/_aws/execute-api/api1/live' });
  expect(inputOf('createRoute')).toEqual({
    ApiId: 'api1',
    RouteKey: 'say',
    Target: 'integrations/integration1',
  });
  const created = inputOf('createFunction');
  expect(created?.['FunctionName']).toMatch(/^chat-Fn-[A-Z0-9]{12}$/);
  expect(created?.['Role']).toMatch(/^arn:aws:iam::111122223333:role\/chat-FnRole-/);
  expect(created?.['Environment']).toEqual({
    Variables: { TABLE: expect.stringMatching(/^chat-Table-/) as string, PORT: '80' },
  });
  expect(inputOf('createStage')).toMatchObject({ ApiId: 'api1', DeploymentId: 'deployment1' });
});

test('deploying the same again changes nothing', async () => {
  const first = await deploy(CHAT);
  aws.changes();
  const second = await deploy(CHAT);
  expect(aws.changes()).toEqual([]);
  expect(second.changes).toEqual([]);
  expect(second.outputs).toEqual(first.outputs);
});

test('a changed route keeps its id, and its api gets a new deployment that CloudFormation would not make', async () => {
  await deploy(CHAT);
  aws.changes();
  const { messages } = await deploy(CHAT.replace('RouteKey: say', 'RouteKey: talk'));
  expect(aws.changes()).toEqual(['updateRoute', 'createDeployment', 'updateStage']);
  expect(inputOf('updateRoute')).toMatchObject({ RouteId: 'route1', RouteKey: 'talk' });
  expect(inputOf('updateStage')).toMatchObject({ StageName: 'live', DeploymentId: 'deployment2' });
  expect(messages.join()).toMatch(/Deployment is a new deployment .* CloudFormation would not/);
});

test('a changed handler updates the code of its function and nothing else', async () => {
  await deploy(CHAT);
  aws.changes();
  writeFileSync(join(folder, 'src/app.mjs'), 'export const handler = async () => 2;');
  expect((await deploy(CHAT)).changes).toEqual(['updated Fn']);
  expect(aws.changes()).toEqual(['updateFunctionCode']);
});

test('a changed variable updates the configuration and not the code', async () => {
  await deploy(CHAT);
  aws.changes();
  await deploy(CHAT.replace('PORT: 80', 'PORT: 81'));
  expect(aws.changes()).toEqual(['updateFunctionConfiguration']);
});

test('a route that left the template goes before the api is frozen again', async () => {
  await deploy(CHAT);
  aws.changes();
  const without = CHAT.replace(/ {2}Say:\n(?: {4}.*\n)+/, '');
  await deploy(without);
  expect(aws.changes()).toEqual(['deleteRoute', 'createDeployment', 'updateStage']);
  expect(inputOf('deleteRoute')).toEqual({ ApiId: 'api1', RouteId: 'route1' });
});

test('a property taken away is reset, not kept', async () => {
  const expression = 'RouteResponseSelectionExpression: $default, ';
  await deploy(CHAT.replace('RouteKey: say', `${expression}RouteKey: say`));
  await deploy(CHAT);
  expect(inputOf('updateRoute')).toMatchObject({ RouteResponseSelectionExpression: '' });
});

test('a create-only property makes a new resource first and then removes the old one', async () => {
  await deploy(CHAT);
  aws.changes();
  const { messages } = await deploy(CHAT.replace('StageName: live', 'StageName: prod'));
  expect(aws.changes()).toEqual(['createStage', 'deleteStage']);
  expect(inputOf('deleteStage')).toEqual({ ApiId: 'api1', StageName: 'live' });
  expect(messages).toContain('Stage is replaced.');
});

test('a failure says what was done, and the next deployment continues there', async () => {
  aws.failures.set('createRoute', awsError('BadRequestException', 'no such route'));
  const failed = await deploy(CHAT).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DeployError);
  expect((failed as DeployError).message).toBe('Say (AWS::ApiGatewayV2::Route): no such route');
  expect((failed as DeployError).done).toContain('created Api');
  expect(stacks.states.get('chat')?.status).toBe('FAILED');
  aws.changes();
  await deploy(CHAT);
  expect(aws.changes()).toEqual([
    'createRoute',
    'addPermission',
    'createDeployment',
    'createStage',
  ]);
  expect(stacks.states.get('chat')?.status).toBe('DEPLOYED');
});

test('a change that failed before its freezing is frozen by the next deployment', async () => {
  await deploy(CHAT);
  const changed = CHAT.replace('RouteKey: say', 'RouteKey: talk');
  aws.failures.set('createDeployment', awsError('TooManyRequestsException'));
  await expect(deploy(changed)).rejects.toThrow(DeployError);
  aws.changes();
  await deploy(changed);
  expect(aws.changes()).toEqual(['createDeployment', 'updateStage']);
});

test('what somebody removed by hand is made again', async () => {
  await deploy(CHAT);
  aws.changes();
  aws.failures.set('updateRoute', awsError('NotFoundException'));
  const { messages } = await deploy(CHAT.replace('RouteKey: say', 'RouteKey: talk'));
  expect(aws.changes().slice(0, 2)).toEqual(['updateRoute', 'createRoute']);
  expect(messages).toContain('Say was gone and is made again.');
});

test.each([
  ['getRoute', 'Say', ['createRoute', 'createDeployment', 'updateStage']],
  ['getStage', 'Stage', ['createStage']],
  ['getDeployment', 'Deployment', ['createDeployment', 'updateStage']],
  ['getPolicy', 'Permission', ['addPermission']],
])('what somebody removed is made again though nothing has changed: %s', async (ask, id, calls) => {
  await deploy(CHAT);
  aws.changes();
  aws.failures.set(ask, awsError('NotFoundException'));
  const { messages, changes } = await deploy(CHAT);
  expect(aws.changes()).toEqual(calls);
  expect(messages).toContain(`${id} was gone and is made again.`);
  expect(changes).toContain(`created ${id}`);
  expect((await deploy(CHAT)).changes).toEqual([]);
});

test('whether something is gone must be known: a node that does not answer ends the deployment', async () => {
  await deploy(CHAT);
  aws.failures.set('getStage', awsError('InternalFailure', 'down'));
  await expect(deploy(CHAT)).rejects.toThrow('down');
});

/** Leaves the stack as a deployer that was killed after making `logicalId` would: made, not remembered. */
function forget(logicalId: string): void {
  const state = stacks.states.get('chat');
  if (state === undefined) throw new Error('no stack');
  const resources = state.resources.filter((one) => one.logicalId !== logicalId);
  stacks.states.set('chat', { ...state, resources, pending: [logicalId] });
}

test('what a killed deployment had made is found by its name and brought up to date', async () => {
  await deploy(CHAT);
  forget('Say');
  aws.failures.set('createRoute', awsError('ConflictException'));
  aws.answers.set('getRoutes', { Items: [{ RouteKey: 'say', RouteId: 'lost' }] });
  aws.changes();
  const { messages } = await deploy(CHAT);
  expect(aws.changes()).toEqual(['createRoute', 'updateRoute', 'createDeployment', 'updateStage']);
  expect(inputOf('updateRoute')).toMatchObject({ RouteId: 'lost', RouteKey: 'say' });
  expect(messages).toContain('Say had been made by a deployment that was killed.');
});

test("what is somebody else's is not taken for one's own", async () => {
  const taken = awsError('ResourceInUseException', 'Table already exists');
  const refused = Object.assign(taken, { $metadata: { httpStatusCode: 400 } });
  const named = CHAT.replace('BillingMode', 'TableName: fixed\n      BillingMode');
  for (let attempt = 0; attempt < 2; attempt++) {
    aws.failures.set('createTable', refused);
    await expect(deploy(named)).rejects.toThrow('Table already exists');
  }
});

test('a faulty template makes nothing and needs no lock', async () => {
  await expect(deploy(CHAT.replace('!Ref Table', '!Ref Nobody'))).rejects.toThrow(TemplateError);
  expect(aws.calls).toEqual([]);
  await expect(deploy(CHAT, { stack: 'bad name' })).rejects.toThrow(TemplateError);
});

test('two deployments of one stack do not run at once', async () => {
  const session = await stacks.open('chat');
  await expect(deploy(CHAT)).rejects.toThrow('chat');
  await session.close();
  await deploy(CHAT);
});

const tableName = (): string => String(inputOf('createTable')?.['TableName']);
const WITHOUT_TABLE = CHAT.replace(/ {2}Table:\n {4}Type(?:.*\n)+? {6}BillingMode.*\n/, '')
  .replace('TABLE: !Ref Table, ', '')
  .replace('  Table: {Value: !GetAtt Table.Arn}\n', '');

test('a table with data is not removed unless asked', async () => {
  await deploy(CHAT);
  aws.changes();
  aws.filled.add(tableName());
  await expect(deploy(WITHOUT_TABLE)).rejects.toThrow(
    /holds data and would be removed.*--delete-data/,
  );
  expect(aws.changes()).toEqual([]);
  await deploy(WITHOUT_TABLE, { deleteData: true });
  expect(aws.changes()).toContain('deleteTable');
});

test('an empty table is replaced, one with data only when asked', async () => {
  await deploy(CHAT);
  const old = tableName();
  aws.filled.add(old);
  const other = CHAT.replaceAll('AttributeName: id', 'AttributeName: key');
  await expect(deploy(other)).rejects.toThrow(
    /^Table \(AWS::DynamoDB::Table\): the table \S+ holds data and would be replaced/,
  );
  aws.filled.clear();
  aws.changes();
  await deploy(other);
  expect(aws.changes()).toEqual(['createTable', 'updateFunctionConfiguration', 'deleteTable']);
  expect(inputOf('deleteTable')).toEqual({ TableName: old });
});

test('a table that keeps its own name goes before its replacement comes', async () => {
  const named = CHAT.replace('BillingMode', 'TableName: fixed\n      BillingMode');
  await deploy(named);
  aws.changes();
  await deploy(named.replaceAll('AttributeName: id', 'AttributeName: key'));
  expect(aws.changes()).toEqual(['deleteTable', 'createTable']);
});

test('a retained resource stays when it leaves the template', async () => {
  await deploy(
    CHAT.replace('  Table:\n    Type', '  Table:\n    DeletionPolicy: Retain\n    Type'),
  );
  const { messages } = await deploy(WITHOUT_TABLE);
  expect(aws.changes()).not.toContain('deleteTable');
  expect(messages.join()).toMatch(/Table stays as chat-Table-/);
});

test('removing a stack removes what refers to others first, and forgets it', async () => {
  await deploy(CHAT);
  aws.changes();
  await new Deployer({ clients: aws.clients, stacks }).remove('chat');
  expect(aws.changes()).toEqual([
    'deleteStage',
    'deleteRoute',
    'deleteIntegration',
    'deleteDeployment',
    'deleteApi',
    'removePermission',
    'deleteFunction',
    'deleteTable',
  ]);
  expect(stacks.states.size).toBe(0);
});

test('a deployment that AWS calls failed is an error with its reason', async () => {
  aws.answers.set('createDeployment', {
    DeploymentStatus: 'FAILED',
    DeploymentStatusMessage: 'a template does not parse',
  });
  await expect(deploy(CHAT)).rejects.toThrow('a template does not parse');
});

test('no property value is kept in the state of a stack, only hashes', async () => {
  await deploy(CHAT.replace('PORT: 80', 'SECRET: hunter2'));
  expect(JSON.stringify(stacks.states.get('chat'))).not.toContain('hunter2');
});
