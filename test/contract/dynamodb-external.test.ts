// The store keeps its contracts over the DynamoDB that DYNAMODB_ENDPOINT names.
import { describe } from 'vitest';
import { dynamoDbStoreContract } from './dynamodb-store.ts';

const url = process.env['DYNAMODB_ENDPOINT'] ?? '';
if (url === '') console.log('DYNAMODB_ENDPOINT is not set: no external DynamoDB takes part');

describe.skipIf(url === '')('DYNAMODB_ENDPOINT', () =>
  dynamoDbStoreContract(async () => ({ url, stop: async () => undefined })),
);
