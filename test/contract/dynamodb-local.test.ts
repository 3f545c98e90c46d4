// Amazon's DynamoDB Local: the store's contracts hold over it, and our tests of the embedded one hold for it too.
import { describe } from 'vitest';
import { dynamoDbLocalAbsence, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { dynamoDbApiContract } from './dynamodb-api.ts';
import { dynamoDbStoreContract } from './dynamodb-store.ts';

const absence = dynamoDbLocalAbsence();
if (absence !== undefined) console.log(absence);

describe.skipIf(absence !== undefined)('DynamoDB Local', () => {
  describe('store', () => dynamoDbStoreContract(startDynamoDbLocal));
  describe('api', () =>
    dynamoDbApiContract(startDynamoDbLocal, { validatesOutsideOfTransactions: true }));
});
