// Idle sockets of a whole node, on its own clock: cut after ten minutes, and their end is told.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { startNode, type TestNode } from '../support/node.ts';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: sockets
      ProtocolType: WEBSOCKET
      RouteSelectionExpression: $request.body.action
      Tags: { _custom_id_: sockets001 }
  Teller:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async ({ requestContext: c }) => {
          console.log(['TOLD', c.eventType, c.connectionId, c.disconnectStatusCode, c.disconnectReason].join(' '));
          return { statusCode: 200, body: c.connectionId };
        };
  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Teller, Action: 'lambda:InvokeFunction', Principal: apigateway.amazonaws.com }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub 'arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Teller.Arn}/invocations'
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: $connect, Target: !Sub 'integrations/\${Integration}' }
  Disconnect:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: $disconnect, Target: !Sub 'integrations/\${Integration}' }
  Ask:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      Target: !Sub 'integrations/\${Integration}'
      RouteResponseSelectionExpression: $default
  AskResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: { ApiId: !Ref Api, RouteId: !Ref Ask, RouteResponseKey: $default }
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn: [Connect, Disconnect, Ask, AskResponse]
    Properties: { ApiId: !Ref Api }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment }
`;

let folder: string;
let template: string;
let data: string;
const nodes: TestNode[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-sockets-'));
  template = join(folder, 'template.yaml');
  data = join(folder, 'data');
  await writeFile(template, TEMPLATE);
});

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(...args: readonly string[]): Promise<TestNode> {
  const node = await startNode({ data, args });
  nodes.push(node);
  return node;
}

const dial = (node: TestNode): Promise<Chatter> =>
  openChatter(`${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/sockets001/live`, {
    ca: node.caText,
  });

async function idOf(chatter: Chatter): Promise<string> {
  chatter.send('who am I?');
  return chatter.next();
}

/** Code and reason with which the function was told of the end of `id`. */
async function told(node: TestNode, id: string): Promise<string> {
  const mark = `DISCONNECT ${id} `;
  const line = await node.line(({ message }) => String(message).includes(mark));
  return String(line['message']).split(mark)[1]?.split('\n')[0]?.trim() ?? '';
}

/** Moves the clock of a node in test mode. */
function advance(node: TestNode, advanceMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const { agent } = node;
    const headers = { 'content-type': 'application/json' };
    const call = request(
      `${node.ready.admin}/_postern/clock`,
      { method: 'POST', agent, headers },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    call.on('error', reject).end(JSON.stringify({ advanceMs }));
  });
}

test('ten minutes of the node’s clock without a message: 1001; one that talks stays', async () => {
  const node = await start(template, '--test');
  const [silent, talking] = [await dial(node), await dial(node)];
  const ids = [await idOf(silent), await idOf(talking)];
  expect(await advance(node, 400_000)).toBe(200);
  expect(await idOf(talking)).toBe(ids[1]);
  expect(await advance(node, 300_000)).toBe(200);
  expect(await silent.closed).toEqual({ code: 1001, reason: 'Going away' });
  expect(await told(node, ids[0] ?? '')).toBe('1001 Going away');
  expect(await idOf(talking)).toBe(ids[1]);
});
