// Empties a node for the next test, as a client of its own admin listener: apis, domains, functions, tables, stacks, keys, plans.
import { createClients, type AdminEndpoint } from '#services/deploy/clients.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import {
  API_KEYS,
  apiKeyValueKey,
  stacksOf,
  USAGE_PLAN_KEYS,
  USAGE_PLANS,
} from '#shared/store/keys.ts';

/** Where the definitions lie, and which tables are the node's own. */
export interface ResetParts {
  readonly store: ResourceStore;
  readonly tablePrefix: string;
  /** Reads API keys and usage plans again. */
  readonly reloadUsage: () => Promise<void>;
}

/** Removes everything that users have made, in every region that has an api or is the node's own. */
export async function resetNode(endpoint: AdminEndpoint, parts: ResetParts): Promise<void> {
  const { items } = await parts.store.list<{ region: string }>('api-ids');
  const regions = new Set([endpoint.region, ...items.map(({ value }) => value.region)]);
  for (const region of regions) await resetRegion({ ...endpoint, region }, parts);
  await resetUsage(parts);
}

/** API keys, usage plans and what was used of them, in all regions. */
async function resetUsage({ store, reloadUsage }: ResetParts): Promise<void> {
  const keys = await store.list(API_KEYS);
  const plans = await store.list(USAGE_PLANS);
  const regions = new Set([...keys.items, ...plans.items].map(({ key }) => key.sort.split('#')[0]));
  const usage = plans.items.map(({ key }) => `usage#${key.sort}`);
  const values = [...regions].map((region) => apiKeyValueKey(region ?? '', '').partition);
  for (const partition of [USAGE_PLAN_KEYS, ...usage, ...values, API_KEYS, USAGE_PLANS]) {
    const { items } = await store.list(partition);
    for (const { key } of items) await store.commit([{ op: 'delete', key }]);
  }
  await reloadUsage();
}

async function resetRegion(endpoint: AdminEndpoint, { store, tablePrefix }: ResetParts) {
  const clients = createClients(endpoint);
  const { gateway, lambda, dynamodb } = clients;
  try {
    const { Items: domains = [] } = await gateway.getDomainNames({});
    for (const { DomainName } of domains) await gateway.deleteDomainName({ DomainName });
    const { Items: apis = [] } = await gateway.getApis({});
    for (const { ApiId } of apis) await gateway.deleteApi({ ApiId });
    const { Functions = [] } = await lambda.listFunctions({});
    for (const { FunctionName } of Functions) await lambda.deleteFunction({ FunctionName });
    const { TableNames = [] } = await dynamodb.listTables({});
    const own = [`${tablePrefix}-resources`, `${tablePrefix}-connections`];
    for (const TableName of TableNames.filter((name) => !own.includes(name))) {
      await dynamodb.deleteTable({ TableName });
    }
  } finally {
    clients.destroy();
  }
  const stacks = await store.list(stacksOf(endpoint.region));
  for (const { key } of stacks.items) await store.commit([{ op: 'delete', key }]);
}
