// The main job through the AWS CLI over TLS: create, deploy, connect, route, push, describe, disconnect, delete.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCli, type AwsCli } from '../../support/aws-cli.ts';
import { openChatter } from '../../support/chatter.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { zipOf } from '../../support/zip.ts';

/** Keeps the connection in a table of the application, as the CLI made it. */
const HANDLER = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
const table = new DynamoDBClient();
export const handler = async ({ requestContext, body, who }) => {
  if (requestContext === undefined) return 'hello ' + who;
  const { connectionId, routeKey } = requestContext;
  const Item = { id: { S: connectionId }, route: { S: routeKey } };
  await table.send(new PutItemCommand({ TableName: 'seen', Item }));
  return { statusCode: 200, body: JSON.stringify({ connectionId, body }) };
};
`;
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:main';
const URI = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;
const SLOW = { timeout: 180_000 };

let folder: string;
let node: TestNode;
let aws: AwsCli;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  node = await startNode();
  aws = awsCli(node, folder);
});
afterAll(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

test('from create-function to delete-api', SLOW, async () => {
  await writeFile(join(folder, 'main.zip'), zipOf({ 'index.mjs': HANDLER }));
  await Promise.all([
    aws(
      ...['dynamodb', 'create-table', '--table-name', 'seen', '--billing-mode', 'PAY_PER_REQUEST'],
      ...['--attribute-definitions', 'AttributeName=id,AttributeType=S'],
      ...['--key-schema', 'AttributeName=id,KeyType=HASH'],
    ),
    aws(
      ...['lambda', 'create-function', '--function-name', 'main', '--runtime', 'nodejs24.x'],
      ...['--handler', 'index.handler', '--zip-file', 'fileb://main.zip'],
      ...['--role', 'arn:aws:iam::000000000000:role/any'],
    ),
  ]);
  await writeFile(join(folder, 'event.json'), '{"who":"CLI"}');
  expect(
    await aws(
      ...['lambda', 'invoke', '--function-name', 'main'],
      ...['--payload', 'fileb://event.json', 'out.json'],
    ),
  ).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(await readFile(join(folder, 'out.json'), 'utf8')).toBe('"hello CLI"');

  const { ApiId } = await aws(
    ...['apigatewayv2', 'create-api', '--name', 'cli', '--protocol-type', 'WEBSOCKET'],
    ...['--route-selection-expression', '$request.body.action'],
  );
  const api = ['--api-id', String(ApiId)];
  const permitted = aws(
    ...['lambda', 'add-permission', '--function-name', 'main', '--statement-id', 'gateway'],
    ...['--action', 'lambda:InvokeFunction', '--principal', 'apigateway.amazonaws.com'],
    ...['--source-arn', `arn:aws:execute-api:us-east-1:000000000000:${String(ApiId)}/*`],
  );
  const { IntegrationId } = await aws(
    ...['apigatewayv2', 'create-integration', ...api, '--integration-type', 'AWS_PROXY'],
    ...['--integration-uri', URI],
  );
  const { RouteId } = await aws(
    ...['apigatewayv2', 'create-route', ...api, '--route-key', '$default'],
    ...['--target', `integrations/${String(IntegrationId)}`],
    ...['--route-response-selection-expression', '$default'],
  );
  await aws(
    ...['apigatewayv2', 'create-route-response', ...api, '--route-id', String(RouteId)],
    ...['--route-response-key', '$default'],
  );
  await Promise.all([
    permitted,
    aws('apigatewayv2', 'create-stage', ...api, '--stage-name', 'live'),
  ]);
  expect(
    await aws('apigatewayv2', 'create-deployment', ...api, '--stage-name', 'live'),
  ).toMatchObject({ DeploymentStatus: 'DEPLOYED' });

  const path = `/_aws/execute-api/${String(ApiId)}/live`;
  const client = await openChatter(`${node.ready.gateway.replace('https', 'wss')}${path}`, {
    ca: node.caText,
  });
  client.send({ action: 'any' });
  const { connectionId, body } = JSON.parse(await client.next()) as Record<string, string>;
  expect(body).toBe('{"action":"any"}');
  const id = ['--connection-id', String(connectionId)];
  expect(
    await aws(
      ...['dynamodb', 'get-item', '--table-name', 'seen'],
      ...['--key', JSON.stringify({ id: { S: connectionId } })],
    ),
  ).toEqual({ Item: { id: { S: connectionId }, route: { S: '$default' } } });

  const endpoint = ['--endpoint-url', `${node.ready.gateway}${path}`];
  await writeFile(join(folder, 'push.txt'), 'grüße vom CLI');
  await aws(
    ...['apigatewaymanagementapi', 'post-to-connection', ...endpoint, ...id],
    ...['--data', 'fileb://push.txt'],
  );
  expect(await client.next()).toBe('grüße vom CLI');
  expect(await aws('apigatewaymanagementapi', 'get-connection', ...endpoint, ...id)).toMatchObject({
    ConnectedAt: expect.stringMatching(/^\d{4}-/) as string,
    Identity: { SourceIp: '127.0.0.1' },
  });
  await aws('apigatewaymanagementapi', 'delete-connection', ...endpoint, ...id);
  expect(await client.closed).toMatchObject({ code: 1000 });
  await expect(
    aws('apigatewaymanagementapi', 'get-connection', ...endpoint, ...id),
  ).rejects.toThrow('(GoneException)');

  await aws('apigatewayv2', 'delete-api', ...api);
  await expect(aws('apigatewayv2', 'get-api', ...api)).rejects.toThrow('(NotFoundException)');
});

test('operations and services that are not there are refused at once, by name', SLOW, async () => {
  const refusals = [
    [['apigateway', 'get-rest-apis'], '(NotImplementedException)', 'GetRestApis'],
    [['lambda', 'list-layers'], '(NotImplementedException)', 'ListLayers'],
    [['ssm', 'describe-parameters'], '(NotImplementedException)', 'service ssm'],
    [['sns', 'list-topics'], '(NotImplementedException)', 'service sns'],
    [['s3api', 'list-buckets'], '(NotImplementedException)', 'service s3'],
  ] as const;
  const refused = refusals.map(async ([args, type, name]) => {
    const refusal = await aws(...args).catch((error: unknown) => String(error));
    expect(refusal).toContain(type);
    expect(refusal).toContain(name);
    expect(refusal).not.toContain('reached max retries');
  });
  await Promise.all(refused);
});
