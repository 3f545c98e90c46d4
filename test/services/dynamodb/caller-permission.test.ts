// What callers of DynamoDB need their policies to allow: every table and index that a request names.
import { expect, test } from 'vitest';
import { tablePermissions } from '#services/dynamodb/caller-permission.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table';

test.each<[string, unknown, [string, string][]]>([
  ['ListTables', {}, [['ListTables', '*']]],
  ['GetItem', { TableName: 'a' }, [['GetItem', `${TABLE}/a`]]],
  ['GetItem', { TableName: `${TABLE}/a` }, [['GetItem', `${TABLE}/a`]]],
  ['Query', { TableName: 'a', IndexName: 'i' }, [['Query', `${TABLE}/a/index/i`]]],
  ['TagResource', { ResourceArn: `${TABLE}/a` }, [['TagResource', `${TABLE}/a`]]],
  [
    'BatchWriteItem',
    { RequestItems: { a: [], b: [] } },
    [
      ['BatchWriteItem', `${TABLE}/a`],
      ['BatchWriteItem', `${TABLE}/b`],
    ],
  ],
  [
    'TransactWriteItems',
    { TransactItems: [{ Put: { TableName: 'a' } }, { ConditionCheck: { TableName: 'b' } }, {}] },
    [
      ['PutItem', `${TABLE}/a`],
      ['ConditionCheckItem', `${TABLE}/b`],
    ],
  ],
  [
    'TransactGetItems',
    { TransactItems: [{ Get: { TableName: 'a' } }] },
    [['GetItem', `${TABLE}/a`]],
  ],
  [
    'BatchGetItem',
    { TableName: 'a', RequestItems: { b: {} } },
    [
      ['BatchGetItem', `${TABLE}/a`],
      ['BatchGetItem', `${TABLE}/b`],
    ],
  ],
  ['GetItem', { TableName: 5 }, [['GetItem', '*']]],
  ['GetItem', [], [['GetItem', '*']]],
])('%s %j', (operation, body, expected) => {
  const place = { region: 'eu-west-1', accountId: '111122223333' };
  const asked = tablePermissions(operation, Buffer.from(JSON.stringify(body)), place);
  expect(asked.map(({ action, resource }) => [action, resource])).toEqual(
    expected.map(([action, resource]) => [`dynamodb:${action}`, resource]),
  );
});

test('a body that is no JSON needs everything', () => {
  const place = { region: 'eu-west-1', accountId: '111122223333' };
  expect(tablePermissions('GetItem', Buffer.from('{'), place)).toEqual([
    { action: 'dynamodb:GetItem', resource: '*' },
  ]);
});
