// Every list of the control plane in pages, through the official SDK: all items once, tokens good for their own list only.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { beforeAll, describe, expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

interface Paging {
  readonly MaxResults?: string;
  readonly NextToken?: string | undefined;
}
interface Listed {
  readonly Items?: readonly object[] | undefined;
  readonly NextToken?: string | undefined;
}

/** What is listed: how it is asked for, the member that tells items apart, and how many were made. */
interface List {
  readonly ask: (page: Paging) => Promise<Listed>;
  readonly key: string;
  readonly made: number;
}

const DOMAIN = 'lists.example.com';
let ApiId: string;
let RouteId: string;
let IntegrationId: string;

beforeAll(async () => {
  const { sdk } = target;
  ApiId = await webSocketApi(target);
  await webSocketApi(target);
  await webSocketApi(target);
  for (const n of ['a', 'b', 'c']) {
    ({ RouteId = '' } = await sdk.createRoute({ ApiId, RouteKey: n }));
    ({ IntegrationId = '' } = await sdk.createIntegration({ ApiId, IntegrationType: 'MOCK' }));
    await sdk.createModel({ ApiId, Name: n, Schema: '{}' });
    await sdk.createAuthorizer({
      ...{ ApiId, Name: n, AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
      IdentitySource: [],
    });
    await sdk.createDeployment({ ApiId });
    await sdk.createStage({ ApiId, StageName: n });
    await sdk.createDomainName({ DomainName: `${n}.${DOMAIN}` });
  }
  await sdk.createRouteResponse({ ApiId, RouteId, RouteResponseKey: '$default' });
  for (const IntegrationResponseKey of ['$default', '/2\\d\\d/', '/4\\d\\d/']) {
    await sdk.createIntegrationResponse({ ApiId, IntegrationId, IntegrationResponseKey });
  }
  for (const ApiMappingKey of ['x', 'y', 'z']) {
    const at = { DomainName: `a.${DOMAIN}`, ApiId, Stage: 'a', ApiMappingKey };
    await sdk.createApiMapping(at);
  }
});

const LISTS: Readonly<Record<string, List>> = {
  GetApis: { ask: (page) => target.sdk.getApis(page), key: 'ApiId', made: 3 },
  GetRoutes: { ask: (page) => target.sdk.getRoutes({ ApiId, ...page }), key: 'RouteId', made: 3 },
  GetRouteResponses: {
    ask: (page) => target.sdk.getRouteResponses({ ApiId, RouteId, ...page }),
    ...{ key: 'RouteResponseId', made: 1 },
  },
  GetIntegrations: {
    ask: (page) => target.sdk.getIntegrations({ ApiId, ...page }),
    ...{ key: 'IntegrationId', made: 3 },
  },
  GetIntegrationResponses: {
    ask: (page) => target.sdk.getIntegrationResponses({ ApiId, IntegrationId, ...page }),
    ...{ key: 'IntegrationResponseId', made: 3 },
  },
  GetModels: { ask: (page) => target.sdk.getModels({ ApiId, ...page }), key: 'ModelId', made: 3 },
  GetAuthorizers: {
    ask: (page) => target.sdk.getAuthorizers({ ApiId, ...page }),
    ...{ key: 'AuthorizerId', made: 3 },
  },
  GetDeployments: {
    ask: (page) => target.sdk.getDeployments({ ApiId, ...page }),
    ...{ key: 'DeploymentId', made: 3 },
  },
  GetStages: { ask: (page) => target.sdk.getStages({ ApiId, ...page }), key: 'StageName', made: 3 },
  GetDomainNames: { ask: (page) => target.sdk.getDomainNames(page), key: 'DomainName', made: 3 },
  GetApiMappings: {
    ask: (page) => target.sdk.getApiMappings({ DomainName: `a.${DOMAIN}`, ...page }),
    ...{ key: 'ApiMappingId', made: 3 },
  },
};

const keysOf = (listed: Listed, key: string): unknown[] =>
  (listed.Items ?? []).map((item) => (item as Record<string, unknown>)[key]);

describe.each(Object.entries(LISTS))('%s', (name, { ask, key, made }) => {
  test('without maxResults all at once, without a token', async () => {
    const all = await ask({});
    expect(all.Items).toHaveLength(made);
    expect(all.NextToken).toBeUndefined();
  });

  test('in pages of one, each item once and in the same order', async () => {
    const all = keysOf(await ask({}), key);
    const seen: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page: Listed = await ask({ MaxResults: '1', NextToken });
      expect(page.Items).toHaveLength(1);
      seen.push(...keysOf(page, key));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(made);
  });

  test.each(['0', '-1', 'x', '1.5', ''])('maxResults %j is refused', async (MaxResults) => {
    const refused = ask({ MaxResults });
    await expect(refused).rejects.toBeInstanceOf(v2.BadRequestException);
    await expect(refused).rejects.toMatchObject({
      message: `Invalid value for maxResults: ${MaxResults}`,
    });
  });

  test("another list's token is refused", async () => {
    const other = name === 'GetRoutes' ? 'GetModels' : 'GetRoutes';
    const { NextToken } = (await LISTS[other]?.ask({ MaxResults: '1' })) ?? {};
    expect(NextToken).toBeDefined();
    const refused = ask({ NextToken });
    await expect(refused).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'Invalid nextToken specified',
    });
  });
});

test("the token of another api's list of the same kind is refused", async () => {
  const { sdk } = target;
  const other = await webSocketApi(target);
  for (const RouteKey of ['a', 'b']) await sdk.createRoute({ ApiId: other, RouteKey });
  const { NextToken } = await sdk.getRoutes({ ApiId: other, MaxResults: '1' });
  expect(NextToken).toBeDefined();
  await expect(sdk.getRoutes({ ApiId, NextToken })).rejects.toMatchObject({
    message: 'Invalid nextToken specified',
  });
});
