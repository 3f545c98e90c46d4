// Models and their sample templates through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, list, template, update, delete', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const Schema = '{"type":"object","properties":{"n":{"type":"number"}}}';
  const made = await sdk.createModel({
    ApiId,
    Name: 'number',
    ContentType: 'application/json',
    Schema,
  });
  expect(made).toMatchObject({ $metadata: { httpStatusCode: 201 }, Name: 'number', Schema });
  const { ModelId } = made;
  expect((await sdk.getModelTemplate({ ApiId, ModelId })).Value).toContain('$inputRoot.n');
  await sdk.updateModel({ ApiId, ModelId, Description: 'd' });
  expect((await sdk.getModels({ ApiId })).Items).toMatchObject([{ ModelId, Description: 'd' }]);
  const again = sdk.createModel({ ApiId, Name: 'number', Schema });
  await expect(again).rejects.toBeInstanceOf(v2.ConflictException);
  expect((await sdk.deleteModel({ ApiId, ModelId })).$metadata.httpStatusCode).toBe(204);
  const gone = sdk.getModel({ ApiId, ModelId });
  await expect(gone).rejects.toBeInstanceOf(v2.NotFoundException);
});
