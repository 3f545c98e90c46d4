// Custom domain names and api mappings: create, get, list, update, delete; refusals of each.
import { expect, test } from 'vitest';
import { certificateKey, certificateUseKey } from '#shared/store/keys.ts';
import { ControlDesk, given, beforeFirstCommit } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

const DOMAIN = 'ws.example.com';

/** A domain that maps `chat` to the stage `live` of a WebSocket api; an HTTP api with a stage beside it. */
async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'live' });
  const { ApiId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  const httpId = given(ApiId);
  await desk.call('CreateStage', { ApiId: httpId, StageName: 'live' });
  await desk.call('CreateDomainName', {
    DomainName: DOMAIN,
    DomainNameConfigurations: [
      { CertificateArn: 'arn:aws:acm:eu-west-1:000000000000:certificate/x' },
    ],
  });
  const { ApiMappingId } = await desk.call('CreateApiMapping', {
    DomainName: DOMAIN,
    ApiId: apiId,
    Stage: 'live',
    ApiMappingKey: 'chat',
  });
  const mapping = { DomainName: DOMAIN, ApiMappingId: given(ApiMappingId) };
  return { desk, apiId, httpId, mapping };
}

type Place = Awaited<ReturnType<typeof place>>;

test('a domain is available at once, with what AWS adds', async () => {
  const { desk } = await place();
  const domain = await desk.call('GetDomainName', { DomainName: DOMAIN });
  expect(domain).toEqual({
    DomainName: DOMAIN,
    DomainNameArn: `arn:aws:apigateway:eu-west-1::/domainnames/${DOMAIN}`,
    ApiMappingSelectionExpression: '$request.basepath',
    RoutingMode: 'API_MAPPING_ONLY',
    Tags: {},
    DomainNameConfigurations: [
      {
        ApiGatewayDomainName: expect.stringMatching(
          /^d-[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/,
        ) as unknown,
        CertificateArn: 'arn:aws:acm:eu-west-1:000000000000:certificate/x',
        DomainNameStatus: 'AVAILABLE',
        EndpointType: 'REGIONAL',
        HostedZoneId: expect.stringMatching(/^Z[0-9A-F]{13}$/) as unknown,
        IpAddressType: 'ipv4',
        SecurityPolicy: 'TLS_1_2',
      },
    ],
  });
  expect((await desk.call('GetDomainNames', {})).Items).toEqual([domain]);
  expect((await desk.call('GetDomainNames', {}, 'us-east-1')).Items).toEqual([]);
});

test('a key may have several levels, for a WebSocket api too', async () => {
  const { desk, apiId, mapping } = await place();
  const more = { ApiId: apiId, ApiMappingKey: 'a/b/c' };
  expect(await desk.call('UpdateApiMapping', { ...mapping, ...more })).toMatchObject(more);
});

test('the data plane hears of domains and of their mappings', async () => {
  const { desk, apiId, mapping } = await place();
  desk.domains.length = 0;
  await desk.call('UpdateApiMapping', { ...mapping, ApiId: apiId, ApiMappingKey: 'x' });
  await desk.call('UpdateDomainName', { DomainName: DOMAIN });
  await desk.call('DeleteApiMapping', mapping);
  await desk.call('DeleteDomainName', { DomainName: DOMAIN });
  expect(desk.domains).toEqual([DOMAIN, DOMAIN, DOMAIN, DOMAIN]);
});

test('an update keeps the names that clients use', async () => {
  const { desk } = await place();
  const before = await desk.call('GetDomainName', { DomainName: DOMAIN });
  const after = await desk.call('UpdateDomainName', {
    DomainName: DOMAIN,
    DomainNameConfigurations: [{ IpAddressType: 'dualstack' }],
  });
  const [config] = given(before.DomainNameConfigurations);
  expect(after).toEqual({
    ...before,
    DomainNameConfigurations: [{ ...config, IpAddressType: 'dualstack' }],
  });
});

const ARN = 'arn:aws:acm:eu-west-1:000000000000:certificate/here';

/** A desk with a stored certificate for `*.example.com`. */
async function withCertificate() {
  const at = await place();
  const key = certificateKey('eu-west-1', 'here');
  const value = { Names: ['*.example.com'] };
  await at.desk.store.commit([{ op: 'put', key, value }]);
  const use = async () =>
    (await at.desk.store.get(certificateUseKey('eu-west-1', 'here')))?.version;
  return { ...at, use };
}

const named = (CertificateArn: string, more: object = {}) => ({
  DomainNameConfigurations: [{ CertificateArn, ...more }],
});

test('a domain holds its stored certificate with each edit that names it', async () => {
  const { desk, use } = await withCertificate();
  const wild = { DomainName: '*.example.com', ...named(ARN) };
  await desk.call('CreateDomainName', wild);
  expect(await use()).toBe(1);
  await desk.call('UpdateDomainName', { DomainName: DOMAIN, ...named(ARN) });
  expect(await use()).toBe(2);
  await desk.call('UpdateDomainName', {
    DomainName: DOMAIN,
    DomainNameConfigurations: [{ IpAddressType: 'dualstack' }],
  });
  expect(await use()).toBe(2);
});

test('the date of an upload is not kept, the name of a certificate is', async () => {
  const { desk } = await place();
  const made = await desk.call('CreateDomainName', {
    DomainName: 'new.example.com',
    ...named('arn:aws:acm:eu-west-1:123456789012:certificate/other', {
      CertificateName: 'mine',
      CertificateUploadDate: new Date(),
    }),
  });
  const [configuration] = made.DomainNameConfigurations ?? [];
  expect(configuration).toMatchObject({ CertificateName: 'mine' });
  expect(configuration).not.toHaveProperty('CertificateUploadDate');
});

test.each([
  [
    'in another region',
    'us-east-1',
    'us.example.com',
    /^Invalid certificate ARN: arn:.* Certificate must be in 'us-east-1'\.$/,
  ],
  ['for other names', 'eu-west-1', 'ws.example.org', /ws\.example\.org is not covered/],
  ['for one label only', 'eu-west-1', 'a.ws.example.com', /is not covered/],
  ['that has no wildcard for it', 'eu-west-1', '*.ws.example.com', /is not covered/],
])('a stored certificate %s is refused', async (_what, region, DomainName, message) => {
  const { desk, use } = await withCertificate();
  const refused = {
    type: 'BadRequestException',
    status: 400,
    message: expect.stringMatching(message) as unknown,
  };
  const create = desk.call('CreateDomainName', { DomainName, ...named(ARN) }, region);
  await expect(create).rejects.toMatchObject(refused);
  if (region === 'eu-west-1') {
    await desk.call('CreateDomainName', { DomainName });
    const update = desk.call('UpdateDomainName', { DomainName, ...named(ARN) });
    await expect(update).rejects.toMatchObject(refused);
  }
  expect(await use()).toBeUndefined();
});

test('a deleted domain takes its mappings along and frees its name and its apis', async () => {
  const { desk, apiId } = await place();
  await desk.call('DeleteDomainName', { DomainName: DOMAIN });
  await desk.call('CreateDomainName', { DomainName: DOMAIN }, 'us-east-1');
  const left = desk.call('GetApiMappings', { DomainName: DOMAIN }, 'us-east-1');
  expect((await left).Items).toEqual([]);
  await desk.call('DeleteApi', { ApiId: apiId });
});

test('a stage that another node deletes while it is mapped is not mapped', async () => {
  const { desk, apiId } = await place();
  let met = false;
  const other = new ControlDesk({
    beside: desk,
    wrap: beforeFirstCommit(async () => {
      met = true;
      await desk.call('DeleteStage', { ApiId: apiId, StageName: 'live' });
    }),
  });
  const mapping = { DomainName: DOMAIN, ApiId: apiId, Stage: 'live', ApiMappingKey: 'again' };
  await expect(other.call('CreateApiMapping', mapping)).rejects.toMatchObject({
    type: 'BadRequestException',
    message: 'Invalid stage identifier specified',
  });
  expect(met).toBe(true);
  const { Items = [] } = await desk.call('GetApiMappings', { DomainName: DOMAIN });
  expect(Items.map(({ ApiMappingKey }) => ApiMappingKey)).toEqual(['chat']);
});

test('a mapping is kept, moved and deleted', async () => {
  const { desk, apiId, mapping } = await place();
  const get = () => desk.call('GetApiMapping', mapping);
  expect(await get()).toEqual({
    ApiMappingId: mapping.ApiMappingId,
    ApiId: apiId,
    ApiMappingKey: 'chat',
    Stage: 'live',
  });
  await desk.call('UpdateApiMapping', { ...mapping, ApiId: apiId, ApiMappingKey: '' });
  expect(await get()).toMatchObject({ ApiMappingKey: '', Stage: 'live' });
  const list = () => desk.call('GetApiMappings', { DomainName: DOMAIN });
  expect((await list()).Items).toEqual([await get()]);
  await desk.call('DeleteApiMapping', mapping);
  expect((await list()).Items).toEqual([]);
});

const map = (more: object) => (at: Place) =>
  at.desk.call('CreateApiMapping', {
    DomainName: DOMAIN,
    ApiId: at.apiId,
    Stage: 'live',
    ApiMappingKey: 'new',
    ...more,
  });

const domain = (more: object) => (at: Place) =>
  at.desk.call('CreateDomainName', { DomainName: 'new.example.com', ...more });

const NO_DOMAIN = 'The domain name resource specified in the request was not found.';
const NO_MAPPING = 'The api mapping resource specified in the request was not found.';
const BAD_KEY = "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),";

const refusals: Refusal<Place>[] = [
  [
    'a domain that is there',
    domain({ DomainName: DOMAIN }),
    'ConflictException',
    'The domain name resource already exists.',
  ],
  [
    'a domain that another region has',
    ({ desk }) => desk.call('CreateDomainName', { DomainName: DOMAIN }, 'us-east-1'),
    'ConflictException',
    'The domain name resource already exists.',
  ],
  [
    'a domain with capitals',
    domain({ DomainName: 'Ws.example.com' }),
    'BadRequestException',
    'Invalid domain name specified',
  ],
  [
    'an edge endpoint',
    domain({ DomainNameConfigurations: [{ EndpointType: 'EDGE' }] }),
    'BadRequestException',
    'EDGE endpoint type is not supported for APIGatewayV2 domainName',
  ],
  [
    'an unknown domain',
    ({ desk }) => desk.call('GetDomainName', { DomainName: 'x.example' }),
    'NotFoundException',
    NO_DOMAIN,
  ],
  [
    'updating an unknown domain',
    ({ desk }) => desk.call('UpdateDomainName', { DomainName: 'x.example' }),
    'NotFoundException',
    NO_DOMAIN,
  ],
  [
    'deleting an unknown domain',
    ({ desk }) => desk.call('DeleteDomainName', { DomainName: 'x.example' }),
    'NotFoundException',
    NO_DOMAIN,
  ],
  [
    'mappings of an unknown domain',
    ({ desk }) => desk.call('GetApiMappings', { DomainName: 'x.example' }),
    'NotFoundException',
    NO_DOMAIN,
  ],
  [
    'a key with a slash first',
    map({ ApiMappingKey: '/a' }),
    'BadRequestException',
    "API mapping key should not start with a '/' or have consecutive '/'s.",
  ],
  [
    'a key with a slash last',
    map({ ApiMappingKey: 'a/' }),
    'BadRequestException',
    "API mapping key should not end with a '/'.",
  ],
  ['a key with a blank', map({ ApiMappingKey: 'a b' }), 'BadRequestException', BAD_KEY],
  [
    'a key that is there',
    map({ ApiMappingKey: 'chat' }),
    'ConflictException',
    'ApiMapping key already exists for this domain name',
  ],
  [
    'an unknown stage',
    map({ Stage: 'nope' }),
    'BadRequestException',
    'Invalid stage identifier specified',
  ],
  [
    'an unknown api',
    map({ ApiId: 'nope' }),
    'NotFoundException',
    'Invalid API identifier specified nope',
  ],
  [
    'an HTTP api beside a WebSocket api',
    (at) => map({ ApiId: at.httpId })(at),
    'BadRequestException',
    'WEBSOCKET and HTTP protocol Apis cannot be mapped to the same domain name',
  ],
  [
    'an unknown mapping',
    ({ desk, mapping }) => desk.call('GetApiMapping', { ...mapping, ApiMappingId: 'nope' }),
    'NotFoundException',
    NO_MAPPING,
  ],
  [
    'deleting an unknown mapping',
    ({ desk, mapping }) => desk.call('DeleteApiMapping', { ...mapping, ApiMappingId: 'nope' }),
    'NotFoundException',
    NO_MAPPING,
  ],
  [
    'deleting a mapped api',
    ({ desk, apiId }) => desk.call('DeleteApi', { ApiId: apiId }),
    'BadRequestException',
    'Deleting API {apiId} failed. Please remove all API mappings for the API from your custom domain names.',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});

test.each([['routing rules', { RoutingMode: 'ROUTING_RULE_ONLY' }]])(
  '%s is not built and said so',
  async (_what, more) => {
    const at = await place();
    await expect(domain(more)(at)).rejects.toMatchObject({
      type: 'NotImplementedException',
      status: 501,
    });
  },
);
