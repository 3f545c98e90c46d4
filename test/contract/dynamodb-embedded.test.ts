// The store keeps its contracts over the embedded DynamoDB.
import { describe } from 'vitest';
import { startEmbeddedDynamoDb } from '../support/embedded-dynamodb.ts';
import { dynamoDbStoreContract } from './dynamodb-store.ts';

describe('embedded DynamoDB', () => dynamoDbStoreContract(startEmbeddedDynamoDb));
