// Custom domains, api mappings and tags through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { REGION, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('a domain with its mappings', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  await sdk.createStage({ ApiId, StageName: 'live' });
  const DomainName = 'ws.example.com';
  const made = await sdk.createDomainName({
    DomainName,
    DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:::certificate/x' }],
  });
  expect(made).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    ApiMappingSelectionExpression: '$request.basepath',
    DomainNameConfigurations: [{ DomainNameStatus: 'AVAILABLE', SecurityPolicy: 'TLS_1_2' }],
  });
  const again = sdk.createDomainName({ DomainName });
  await expect(again).rejects.toBeInstanceOf(v2.ConflictException);
  const mapped = await sdk.createApiMapping({ DomainName, ApiId, Stage: 'live' });
  expect(mapped).toMatchObject({ $metadata: { httpStatusCode: 201 }, ApiMappingKey: '' });
  const { ApiMappingId } = mapped;
  const at = { DomainName, ApiMappingId };
  await sdk.updateApiMapping({ ...at, ApiId, ApiMappingKey: 'chat' });
  expect(await sdk.getApiMapping(at)).toMatchObject({ ApiMappingKey: 'chat', Stage: 'live' });
  expect((await sdk.getApiMappings({ DomainName })).Items).toHaveLength(1);
  await expect(sdk.deleteApi({ ApiId })).rejects.toBeInstanceOf(v2.BadRequestException);
  expect((await sdk.deleteApiMapping(at)).$metadata.httpStatusCode).toBe(204);
  const updated = await sdk.updateDomainName({
    DomainName,
    DomainNameConfigurations: [{ IpAddressType: 'dualstack' }],
  });
  expect(updated.DomainNameConfigurations).toMatchObject([{ IpAddressType: 'dualstack' }]);
  expect((await sdk.getDomainNames({})).Items).toMatchObject([{ DomainName }]);
  expect((await sdk.deleteDomainName({ DomainName })).$metadata.httpStatusCode).toBe(204);
  await expect(sdk.getDomainName({ DomainName })).rejects.toBeInstanceOf(v2.NotFoundException);
});

test('tags by ARN', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  await sdk.createStage({ ApiId, StageName: 'live' });
  const ResourceArn = `arn:aws:apigateway:${REGION}::/apis/${ApiId}/stages/live`;
  const tagged = await sdk.tagResource({ ResourceArn, Tags: { a: '1', 'b c': 'ü' } });
  expect(tagged.$metadata.httpStatusCode).toBe(201);
  expect((await sdk.getTags({ ResourceArn })).Tags).toEqual({ a: '1', 'b c': 'ü' });
  const untagged = await sdk.untagResource({ ResourceArn, TagKeys: ['a', 'zzz'] });
  expect(untagged.$metadata.httpStatusCode).toBe(204);
  expect((await sdk.getStage({ ApiId, StageName: 'live' })).Tags).toEqual({ 'b c': 'ü' });
});
