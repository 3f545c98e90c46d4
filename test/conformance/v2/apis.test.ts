// Apis through the official SDK: statuses, dates, lists in pages, modelled errors.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, update, delete', async () => {
  const { sdk } = target;
  const made = await sdk.createApi({
    Name: 'chat',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
    Tags: { team: 'a b/ü' },
  });
  expect(made.$metadata.httpStatusCode).toBe(201);
  expect(made.CreatedDate?.getMilliseconds()).toBe(0);
  expect(made.ApiEndpoint).toBe(`wss://${made.ApiId}.execute-api.eu-west-1.amazonaws.com`);
  const { ApiId } = made;
  const got = await sdk.getApi({ ApiId });
  expect(got.$metadata.httpStatusCode).toBe(200);
  expect({ ...got, $metadata: 0 }).toEqual({ ...made, $metadata: 0 });
  const updated = await sdk.updateApi({ ApiId, Description: 'd' });
  expect(updated).toMatchObject({ Description: 'd', Name: 'chat', Tags: { team: 'a b/ü' } });
  expect((await sdk.deleteApi({ ApiId })).$metadata.httpStatusCode).toBe(204);
  const gone = sdk.getApi({ ApiId });
  await expect(gone).rejects.toBeInstanceOf(v2.NotFoundException);
  await expect(gone).rejects.toMatchObject({
    message: `Invalid API identifier specified ${ApiId}`,
    ResourceType: 'API',
  });
});

test('a list in pages', async () => {
  const { sdk } = target;
  const made = new Set([await webSocketApi(target), await webSocketApi(target)]);
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sdk.getApis({ MaxResults: '1', NextToken });
    expect(page.Items).toHaveLength(1);
    seen.push(...(page.Items ?? []).map(({ ApiId }) => String(ApiId)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(seen).toEqual(expect.arrayContaining([...made]));
  await expect(sdk.getApis({ NextToken: 'x' })).rejects.toBeInstanceOf(v2.BadRequestException);
});

test('refusals have their classes', async () => {
  const { sdk } = target;
  const bad = sdk.createApi({ Name: 'a', ProtocolType: 'TCP' as v2.ProtocolType });
  await expect(bad).rejects.toBeInstanceOf(v2.BadRequestException);
  await expect(bad).rejects.toMatchObject({
    message: 'Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]',
  });
  const Tags = { _custom_id_: 'only-once' };
  await webSocketApi(target, { Tags });
  await expect(webSocketApi(target, { Tags })).rejects.toBeInstanceOf(v2.ConflictException);
});

test('HTTP apis are kept, quick create too', async () => {
  const { sdk } = target;
  const { ApiId } = await sdk.createApi({
    Name: 'shop',
    ProtocolType: 'HTTP',
    Target: 'https://back.example',
    CorsConfiguration: { AllowOrigins: ['*'], MaxAge: 300 },
  });
  const [stage] = (await sdk.getStages({ ApiId })).Items ?? [];
  expect(stage).toMatchObject({ StageName: '$default', AutoDeploy: true, ApiGatewayManaged: true });
  expect((await sdk.getApi({ ApiId })).CorsConfiguration).toEqual({
    AllowOrigins: ['*'],
    MaxAge: 300,
  });
  expect((await sdk.deleteCorsConfiguration({ ApiId })).$metadata.httpStatusCode).toBe(204);
});
