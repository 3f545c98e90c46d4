// The store keeps its contracts over the embedded DynamoDB, as other nodes reach it and as its own node does.
import { describe } from 'vitest';
import { startEmbeddedDynamoDb } from '../support/embedded-dynamodb.ts';
import { dynamoDbStoreContract } from './dynamodb-store.ts';

describe('embedded DynamoDB by HTTP', () => dynamoDbStoreContract(startEmbeddedDynamoDb));

describe('embedded DynamoDB by messages', () =>
  dynamoDbStoreContract(async () => {
    const backend = await startEmbeddedDynamoDb();
    return { ...backend, direct: backend.database };
  }));
