// The embedded DynamoDB answers applications as DynamoDB does.
import { describe } from 'vitest';
import { startEmbeddedDynamoDb } from '../support/embedded-dynamodb.ts';
import { dynamoDbApiContract } from './dynamodb-api.ts';

describe('embedded DynamoDB', () => dynamoDbApiContract(startEmbeddedDynamoDb));
