// Empties a node for the next test, as a client of its own admin listener: apis, domains, certificates, functions, tables, stacks, keys, plans.
import { createClients, type AdminEndpoint, type DeployClients } from '#services/deploy/clients.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import {
  ACCOUNTS,
  API_KEYS,
  apiIdKey,
  apiKeyValueKey,
  CERTIFICATES,
  certificateRequestKey,
  certificateSettingsKey,
  clientCertificatesOf,
  domainNameKey,
  stacksOf,
  USAGE_PLAN_KEYS,
  USAGE_PLANS,
  usageOf,
} from '#shared/store/keys.ts';
import { ownTableNames } from '#shared/store/own-tables.ts';
import { notedRegions } from '#shared/store/regions.ts';

/** What is emptied beside the admin listener's own resources. */
export interface ResetParts {
  readonly store: ResourceStore;
  /** How the node's own tables begin, when the DynamoDB is its own; absent: tables elsewhere are left alone. */
  readonly tablePrefix: string | undefined;
  /** Reads API keys and usage plans again. */
  readonly reloadUsage: () => Promise<void>;
  /** Reads certificates again, and those of the configuration from their files. */
  readonly reloadCertificates: () => Promise<void>;
}

/** Removes everything that users have made, in every region that has an api, a domain, a function or a stack. */
export async function resetNode(endpoint: AdminEndpoint, parts: ResetParts): Promise<void> {
  const { store } = parts;
  const apis = await store.list<{ region: string }>(apiIdKey('').partition);
  const domains = await store.list<{ region: string }>(domainNameKey('').partition);
  const named = [...apis.items, ...domains.items].map(({ value }) => value.region);
  const regions = new Set([endpoint.region, ...named, ...(await notedRegions(store))]);
  for (const region of regions) await resetRegion({ ...endpoint, region }, parts);
  await resetUsage(parts);
  await resetCertificates(parts);
}

/** When no domain is left that could name one. */
async function resetCertificates({ store, reloadCertificates }: ResetParts): Promise<void> {
  const { items } = await store.list(CERTIFICATES);
  const regions = new Set(items.map(({ key }) => key.sort.split('#')[0] ?? ''));
  for (const { key } of items) await store.commit([{ op: 'delete', key }]);
  for (const region of regions) {
    const requests = await store.list(certificateRequestKey(region, '').partition);
    for (const { key } of requests.items) await store.commit([{ op: 'delete', key }]);
    await store.commit([{ op: 'delete', key: certificateSettingsKey(region) }]);
  }
  await reloadCertificates();
}

/** The account's settings, API keys, usage plans and what was used of them, in all regions. */
async function resetUsage({ store, reloadUsage }: ResetParts): Promise<void> {
  const keys = await store.list(API_KEYS);
  const plans = await store.list(USAGE_PLANS);
  const regions = new Set([...keys.items, ...plans.items].map(({ key }) => key.sort.split('#')[0]));
  const usage = plans.items.map(({ key }) => {
    const [region = '', planId = ''] = key.sort.split('#');
    return usageOf(region, planId);
  });
  const values = [...regions].map((region) => apiKeyValueKey(region ?? '', '').partition);
  for (const partition of [ACCOUNTS, USAGE_PLAN_KEYS, ...usage, ...values, API_KEYS, USAGE_PLANS]) {
    const { items } = await store.list(partition);
    for (const { key } of items) await store.commit([{ op: 'delete', key }]);
  }
  await reloadUsage();
}

async function resetRegion(endpoint: AdminEndpoint, { store, tablePrefix }: ResetParts) {
  const clients = createClients(endpoint);
  const { gateway, lambda, dynamodb } = clients;
  try {
    await emptied(
      async () => (await gateway.getDomainNames({})).Items,
      ({ DomainName }) => gateway.deleteDomainName({ DomainName }),
    );
    await emptied(
      async () => (await gateway.getApis({})).Items,
      ({ ApiId }) => gateway.deleteApi({ ApiId }),
    );
    await emptied(
      async () => (await lambda.listFunctions({})).Functions,
      ({ FunctionName }) => lambda.deleteFunction({ FunctionName }),
    );
    if (tablePrefix !== undefined) await dropTables(dynamodb, tablePrefix);
  } finally {
    clients.destroy();
  }
  for (const partition of [stacksOf(endpoint.region), clientCertificatesOf(endpoint.region)]) {
    const { items } = await store.list(partition);
    for (const { key } of items) await store.commit([{ op: 'delete', key }]);
  }
}

/** Removes the first page of a list until there is none. */
async function emptied<Item>(
  list: () => Promise<readonly Item[] | undefined>,
  remove: (item: Item) => Promise<unknown>,
): Promise<void> {
  for (let page = await list(); page !== undefined && page.length > 0; page = await list()) {
    for (const item of page) await remove(item);
  }
}

/** All tables but the node's own two. */
async function dropTables(dynamodb: DeployClients['dynamodb'], prefix: string): Promise<void> {
  const own = ownTableNames(prefix);
  await emptied(
    async () => (await dynamodb.listTables({})).TableNames?.filter((name) => !own.includes(name)),
    (TableName) => dynamodb.deleteTable({ TableName }),
  );
}
