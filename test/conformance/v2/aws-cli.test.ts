// The AWS CLI drives the whole chain: api, integration, route, responses, deployment, stage, and back.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { REGION, useV2Target } from '../../support/v2-target.ts';

const target = useV2Target();
const run = promisify(execFile);

type Answer = Readonly<Record<string, unknown>>;

async function aws(...args: string[]): Promise<Answer> {
  const options = ['--endpoint-url', target.endpoint, '--output', 'json'];
  const { stdout } = await run('aws', ['apigatewayv2', ...args, ...options], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_MAX_ATTEMPTS: '1',
      ...(target.caFile !== undefined && { AWS_CA_BUNDLE: target.caFile }),
    },
  });
  return stdout === '' ? {} : (JSON.parse(stdout) as Answer);
}

test('create, deploy, look, delete', { timeout: 180_000 }, async () => {
  const api = await aws(
    'create-api',
    ...['--name', 'chat', '--protocol-type', 'WEBSOCKET'],
    ...['--route-selection-expression', '$request.body.action'],
  );
  const id = ['--api-id', String(api['ApiId'])];
  expect(api['CreatedDate']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$/);
  const integration = await aws(
    'create-integration',
    ...[...id, '--integration-type', 'AWS_PROXY', '--integration-uri', FUNCTION_URI],
  );
  const integrationId = String(integration['IntegrationId']);
  const route = await aws(
    'create-route',
    ...[...id, '--route-key', 'hello', '--target', `integrations/${integrationId}`],
    ...['--route-response-selection-expression', '$default'],
  );
  await aws(
    'create-route-response',
    ...[...id, '--route-id', String(route['RouteId']), '--route-response-key', '$default'],
  );
  const deployment = await aws('create-deployment', ...id);
  expect(deployment['DeploymentStatus']).toBe('DEPLOYED');
  await aws(
    'create-stage',
    ...[...id, '--stage-name', 'live', '--deployment-id', String(deployment['DeploymentId'])],
  );
  expect(await aws('get-stages', ...id)).toMatchObject({
    Items: [{ StageName: 'live', DeploymentId: deployment['DeploymentId'] }],
  });
  expect(await aws('get-routes', ...id)).toMatchObject({ Items: [{ RouteKey: 'hello' }] });
  await expect(aws('create-route', ...id, '--route-key', 'hello')).rejects.toThrow(
    /\(ConflictException\) when calling the CreateRoute operation.*: Route with key hello already exists for this API\n/,
  );
  await aws('delete-stage', ...id, '--stage-name', 'live');
  await aws('delete-api', ...id);
  await expect(aws('get-api', ...id)).rejects.toThrow('NotFoundException');
});
