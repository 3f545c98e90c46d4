// Requests that name the node's own tables, in every way that DynamoDB has to name one, and those that only look like it.
import { expect, test } from 'vitest';
import { foreignAnswer, foreignBody, ownTableNames } from '#shared/store/own-tables.ts';

const OWN = ownTableNames('postern');
const ARN = 'arn:aws:dynamodb:eu-west-1:111122223333:table/postern-resources';
const told = (body: string | Buffer) => foreignBody(Buffer.from(body), OWN);

test('a prefix has two tables', () => {
  expect(OWN).toEqual(['postern-resources', 'postern-connections']);
});

test.each([
  ['a name', { TableName: 'postern-resources' }],
  ['the other name', { TableName: 'postern-connections', Key: {} }],
  ['an ARN as name', { TableName: ARN }],
  ['an index of it', { TableName: `${ARN}/index/x` }],
  ['a tag', { ResourceArn: ARN }],
  ['a batch', { RequestItems: { 'postern-resources': { Keys: [] } } }],
  ['a batch by ARN', { RequestItems: { orders: { Keys: [] }, [ARN]: { Keys: [] } } }],
  [
    'a transaction',
    { TransactItems: [{ Get: { TableName: 'orders' } }, { Put: { TableName: ARN } }] },
  ],
  ['PartiQL', { Statement: 'SELECT * FROM "Postern-Resources"' }],
  ['PartiQL in a batch', { Statements: [{ Statement: 'DELETE FROM "postern-connections"' }] }],
  ['PartiQL in a transaction', { TransactStatements: [{ Statement: 'x "postern-resources"' }] }],
  ['a member in other letters', { tableName: 'postern-resources' }],
  ['a batch in other letters', { requestitems: { 'postern-resources': {} } }],
  ['a copy', { SourceTableName: 'postern-resources', TargetTableName: 'mine' }],
  ['an export', { TableArn: ARN, S3Bucket: 'b' }],
  ['an import', { TableCreationParameters: { TableName: 'postern-resources' } }],
  ['a backup', { BackupArn: `${ARN}/backup/1`, TargetTableName: 'mine' }],
])('%s is refused', (_what, input) => {
  expect(told(JSON.stringify(input))).toBe('own');
});

test('escapes do not hide it', () => {
  expect(told('{"TableName":"postern\\u002dresources"}')).toBe('own');
  expect(told('{"\\u0054ableName":"postern-resources"}')).toBe('own');
});

test('of two members with one name the sent body has only the one that was looked at', () => {
  const body = told('{"TableName":"postern-resources","TableName":"orders"}');
  expect(body.toString()).toBe('{"TableName":"orders"}');
});

test.each([
  ['CBOR', Buffer.concat([Buffer.from([0xa1, 0x69]), Buffer.from('TableNameqpostern-resources')])],
  ['compressed', Buffer.from([0x1f, 0x8b, 8, 0])],
  ['UTF-16', Buffer.from('{"TableName":"postern-resources"}', 'utf16le')],
  ['an array', Buffer.from('["postern-resources"]')],
])('%s cannot be told', (_what, body) => {
  expect(told(body)).toBe('unreadable');
});

test.each([
  '',
  '{"TableName":"postern-orders","Key":{"id":{"S":"1"}}}',
  '{"TableName":"orders","Item":{"id":{"S":"postern-resources"}}}',
  '{"TableName":"orders","Item":{"TableName":{"S":"postern-resources"}}}',
  '{"TableName":"orders","ExpressionAttributeNames":{"#TableName":"postern-resources"}}',
  '{"RequestItems":{"orders":[{"PutRequest":{"Item":{"postern-resources":{"S":"x"}}}}]}}',
])('%s goes on', (body) => {
  expect(told(body).toString()).toBe(body);
});

test('a list of tables is without them, other answers are as they were', () => {
  const answer = (text: string) => foreignAnswer(Buffer.from(text), OWN).toString();
  expect(answer('{"TableNames":["a","postern-resources"],"LastEvaluatedTableName":"z"}')).toBe(
    '{"TableNames":["a"],"LastEvaluatedTableName":"z"}',
  );
  const item = '{ "Item":{"TableNames":{"S":"postern-resources"}}}';
  expect(answer(item)).toBe(item);
});
