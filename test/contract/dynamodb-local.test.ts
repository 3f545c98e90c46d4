// The store keeps its contracts over Amazon's DynamoDB Local.
import { describe } from 'vitest';
import { dynamoDbLocalAbsence, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { dynamoDbStoreContract } from './dynamodb-store.ts';

const absence = dynamoDbLocalAbsence();
if (absence !== undefined) console.log(absence);

describe.skipIf(absence !== undefined)('DynamoDB Local', () =>
  dynamoDbStoreContract(startDynamoDbLocal),
);
