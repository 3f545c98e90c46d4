// The control plane's front answers official clients of both API Gateway services: the SDK v3 and the AWS CLI.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { controlPlaneFront } from '#services/control-plane/front.ts';
import type { V2Handlers } from '#services/control-plane/model.ts';
import { Credentials, openCredentials } from '#shared/aws-api/credentials.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { ConflictError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { type AwsListener, clientOf, listen } from '../../support/aws-listener.ts';
import { v1HandlersWith, v2HandlersWith } from '../../support/v2-handlers.ts';

const known = new Credentials(
  [
    {
      accessKeyId: 'AKIDTEST',
      secretAccessKey: 'secret',
      principal: { name: 'tester', accessKeyId: 'AKIDTEST' },
    },
  ],
  { open: false },
);

async function serve(given: Partial<V2Handlers>, credentials = known): Promise<AwsListener> {
  const handlers = { v1: await v1HandlersWith({}), v2: await v2HandlersWith(given) };
  const front = controlPlaneFront(handlers, {
    limiter: new MemoryRateLimiter(new TestClock(0)),
    verifier: new SigV4Verifier(credentials),
    accountId: '000000000000',
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  await front.load();
  return listen(front, onTestFinished);
}

async function caught(promise: Promise<unknown>): Promise<v2.ApiGatewayV2ServiceException> {
  return promise.then(
    () => expect.unreachable('no error'),
    (error: unknown) => error as v2.ApiGatewayV2ServiceException,
  );
}

beforeAll(async () => {
  await v2HandlersWith({});
});

test('a create: body in, 201, whole-second dates, request id, region and principal of the signature', async () => {
  const seen: unknown[] = [];
  const { endpoint } = await serve({
    CreateApi: async (input, context) => {
      seen.push(input, context);
      return { ApiId: 'abc', CreatedDate: new Date(1_586_290_919_987), Tags: { a: 'b' } };
    },
  });
  const client = new v2.ApiGatewayV2Client(clientOf(endpoint));
  const output = await client.send(
    new v2.CreateApiCommand({
      Name: 'chät',
      ProtocolType: 'WEBSOCKET',
      DisableExecuteApiEndpoint: false,
      CorsConfiguration: { MaxAge: 5, AllowOrigins: ['*'] },
      Tags: { k: 'v' },
    }),
  );
  expect(output.ApiId).toBe('abc');
  expect(output.CreatedDate).toEqual(new Date(1_586_290_919_000));
  expect(output.$metadata.httpStatusCode).toBe(201);
  expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen[0]).toEqual({
    Name: 'chät',
    ProtocolType: 'WEBSOCKET',
    DisableExecuteApiEndpoint: false,
    CorsConfiguration: { MaxAge: 5, AllowOrigins: ['*'] },
    Tags: { k: 'v' },
  });
  const context = seen[1] as ControlContext;
  expect(context).toMatchObject({
    region: 'eu-west-1',
    accountId: '000000000000',
    principal: { name: 'tester' },
    requestId: output.$metadata.requestId,
  });
});

test('labels, a list with paging, and a delete without a body', async () => {
  const seen: unknown[] = [];
  const { endpoint } = await serve({
    GetRoutes: async (input) => {
      seen.push(input);
      return { Items: [{ RouteKey: '$connect', ApiKeyRequired: false }], NextToken: 'n' };
    },
    DeleteRouteSettings: async (input) => {
      seen.push(input);
    },
  });
  const client = new v2.ApiGatewayV2Client(clientOf(endpoint));
  const page = await client.send(
    new v2.GetRoutesCommand({ ApiId: 'a1', MaxResults: '7', NextToken: 'x y+z/=' }),
  );
  expect(page.Items).toEqual([{ RouteKey: '$connect', ApiKeyRequired: false }]);
  expect(page.NextToken).toBe('n');
  const gone = await client.send(
    new v2.DeleteRouteSettingsCommand({
      ApiId: 'a1',
      StageName: '$default',
      RouteKey: 'GET /a{b}',
    }),
  );
  expect(gone.$metadata.httpStatusCode).toBe(204);
  expect(seen).toEqual([
    { ApiId: 'a1', MaxResults: '7', NextToken: 'x y+z/=' },
    { ApiId: 'a1', StageName: '$default', RouteKey: 'GET /a{b}' },
  ]);
});

test('an ARN in the path and a repeated query parameter', async () => {
  const seen: unknown[] = [];
  const { endpoint } = await serve({
    TagResource: async (input) => {
      seen.push(input);
    },
    UntagResource: async (input) => {
      seen.push(input);
    },
  });
  const client = new v2.ApiGatewayV2Client(clientOf(endpoint));
  const ResourceArn = 'arn:aws:apigateway:eu-west-1::/apis/abc/stages/prod';
  const tagged = await client.send(new v2.TagResourceCommand({ ResourceArn, Tags: { a: '1' } }));
  expect(tagged.$metadata.httpStatusCode).toBe(201);
  await client.send(new v2.UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'b c'] }));
  expect(seen).toEqual([
    { ResourceArn, Tags: { a: '1' } },
    { ResourceArn, TagKeys: ['a', 'b c'] },
  ]);
});

test('modelled errors become the SDK class, with their members', async () => {
  const { endpoint } = await serve({
    GetApi: async () => {
      throw new ServiceError('NotFoundException', 404, 'Invalid API identifier specified x', {
        ResourceType: 'Api',
      });
    },
    UpdateApi: async () => {
      throw new ConflictError('version');
    },
    DeleteApi: async () => {
      throw new StoreUnavailableError('down');
    },
    GetStage: async () => {
      throw new Error('a bug');
    },
  });
  const client = new v2.ApiGatewayV2Client(clientOf(endpoint));
  const missing = await caught(client.send(new v2.GetApiCommand({ ApiId: 'x' })));
  expect(missing).toBeInstanceOf(v2.NotFoundException);
  expect(missing.message).toBe('Invalid API identifier specified x');
  expect(missing).toMatchObject({ ResourceType: 'Api', $metadata: { httpStatusCode: 404 } });
  const conflict = await caught(client.send(new v2.UpdateApiCommand({ ApiId: 'x' })));
  expect(conflict).toBeInstanceOf(v2.ConflictException);
  expect(conflict.message).toContain('concurrent modification');
  const down = await caught(client.send(new v2.DeleteApiCommand({ ApiId: 'x' })));
  expect(down).toMatchObject({
    name: 'ServiceUnavailableException',
    $metadata: { httpStatusCode: 503 },
  });
  const bug = await caught(client.send(new v2.GetStageCommand({ ApiId: 'x', StageName: 's' })));
  expect(bug).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  expect(bug.message).not.toContain('a bug');
});

test('what is not implemented says so with 501, in both services', async () => {
  const { endpoint } = await serve({});
  const two = await caught(
    new v2.ApiGatewayV2Client(clientOf(endpoint)).send(new v2.GetVpcLinksCommand({})),
  );
  expect(two).toMatchObject({
    name: 'NotImplementedException',
    $metadata: { httpStatusCode: 501 },
  });
  expect(two.message).toContain('GetVpcLinks');
  const one = await caught(
    new APIGatewayClient(clientOf(endpoint)).send(new GetRestApisCommand({ limit: 3 })),
  );
  expect(one).toMatchObject({ name: 'NotImplementedException' });
  expect(one.message).toContain('GetRestApis');
});

test('a wrong secret is refused, an open node lets everyone in', async () => {
  const handlers: Partial<V2Handlers> = {
    GetApis: async (_, { principal }) => ({ NextToken: principal.name }),
  };
  const settings = clientOf((await serve(handlers)).endpoint);
  const wrong = { accessKeyId: 'AKIDTEST', secretAccessKey: 'other' };
  const liar = new v2.ApiGatewayV2Client({ ...settings, credentials: wrong });
  const refused = await caught(liar.send(new v2.GetApisCommand({})));
  expect(refused).toMatchObject({
    name: 'InvalidSignatureException',
    $metadata: { httpStatusCode: 403 },
  });
  const open = clientOf((await serve(handlers, openCredentials())).endpoint);
  const page = await new v2.ApiGatewayV2Client(open).send(new v2.GetApisCommand({}));
  expect(page.NextToken).toBe('anonymous');
});

test('the AWS CLI signs, sends and understands the same', async () => {
  const { endpoint } = await serve({
    CreateRoute: async (input) => ({ RouteId: 'r1', RouteKey: input.RouteKey }),
  });
  const run = promisify(execFile);
  const { stdout } = await run(
    'aws',
    [
      '--endpoint-url',
      endpoint,
      '--region',
      'eu-west-1',
      '--output',
      'json',
      'apigatewayv2',
    ].concat(['create-route', '--api-id', 'a1', '--route-key', 'say hello']),
    {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: 'AKIDTEST',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
    },
  );
  expect(JSON.parse(stdout)).toEqual({ RouteId: 'r1', RouteKey: 'say hello' });
});
