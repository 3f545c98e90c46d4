// What applications ask of a DynamoDB, through the SDK: run against the embedded one, and against DynamoDB Local as its measure.
import { describe } from 'vitest';
import type { Backend } from '../support/backends.ts';
import { apiFixture } from './dynamodb-api-fixture.ts';
import { itemsApi } from './dynamodb-api-items.ts';
import { queriesApi } from './dynamodb-api-queries.ts';
import { tablesApi } from './dynamodb-api-tables.ts';
import { transactionsApi, type KnownDifferences } from './dynamodb-api-transactions.ts';

/** Declares the tests against the DynamoDB that `begin` starts. */
export function dynamoDbApiContract(
  begin: () => Promise<Backend>,
  differences: KnownDifferences = {},
): void {
  const api = apiFixture(begin);
  describe('tables', () => tablesApi(api));
  describe('items', () => itemsApi(api));
  describe('queries', () => queriesApi(api));
  describe('transactions', () => transactionsApi(api, differences));
}
