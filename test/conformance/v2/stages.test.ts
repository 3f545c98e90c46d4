// Stages and their settings through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { lambdaRoute, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, list, update, delete', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  await lambdaRoute(target, ApiId, '$connect');
  const StageName = 'live';
  const made = await sdk.createStage({
    ApiId,
    StageName,
    StageVariables: { table: 'chat' },
    RouteSettings: { $connect: { ThrottlingRateLimit: 2.5, ThrottlingBurstLimit: 0 } },
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:::log-group:x',
      Format: '$context.requestId',
    },
  });
  expect(made).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    DefaultRouteSettings: { LoggingLevel: 'OFF' },
    RouteSettings: { $connect: { ThrottlingRateLimit: 2.5, ThrottlingBurstLimit: 0 } },
  });
  await sdk.deleteRouteSettings({ ApiId, StageName, RouteKey: '$connect' });
  await sdk.deleteAccessLogSettings({ ApiId, StageName });
  await sdk.updateStage({ ApiId, StageName, StageVariables: { table: '', mode: 'x' } });
  const left = await sdk.getStage({ ApiId, StageName });
  expect(left).toMatchObject({ RouteSettings: {}, StageVariables: { mode: 'x' } });
  expect(left.AccessLogSettings).toBeUndefined();
  expect((await sdk.getStages({ ApiId })).Items).toHaveLength(1);
  const again = sdk.createStage({ ApiId, StageName });
  await expect(again).rejects.toBeInstanceOf(v2.ConflictException);
  expect((await sdk.deleteStage({ ApiId, StageName })).$metadata.httpStatusCode).toBe(204);
  await expect(sdk.getStage({ ApiId, StageName })).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Invalid stage identifier specified',
  });
});

test('settings of a route that is not there', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const stage = { ApiId, StageName: 's', RouteSettings: { nope: {} } };
  await expect(sdk.createStage(stage)).rejects.toBeInstanceOf(v2.NotFoundException);
});
