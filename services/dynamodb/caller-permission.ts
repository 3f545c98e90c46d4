// What a caller of the embedded DynamoDB needs its policy to allow (service authorization reference: Amazon DynamoDB).
import type { Permission } from '#shared/aws-api/permission.ts';

/** Where tables are looked for when a request gives only their names. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Items of a transaction are asked for one by one, under the actions of their kinds. */
const TRANSACT_ACTIONS: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};

type JsonMap = Readonly<Record<string, unknown>>;

/** The action of `operation` on every table and index that `body` names, on `*` when it names none. */
export function tablePermissions(operation: string, body: Buffer, place: Place): Permission[] {
  const input = parse(body);
  const action = `dynamodb:${operation}`;
  const { TableName, IndexName, ResourceArn, RequestItems, TransactItems } = input;
  const resources = [
    ...textsOf(TableName).map((name) => indexOf(tableArn(name, place), IndexName)),
    ...textsOf(ResourceArn),
    ...Object.keys(mapOf(RequestItems)).map((name) => tableArn(name, place)),
  ];
  const asked = [
    ...resources.map((resource) => ({ action, resource })),
    ...transactPermissions(TransactItems, place),
  ];
  return asked.length > 0 ? asked : [{ action, resource: '*' }];
}

function transactPermissions(items: unknown, place: Place): Permission[] {
  const list: readonly unknown[] = Array.isArray(items) ? items : [];
  return list.flatMap((item) =>
    Object.entries(mapOf(item)).flatMap(([kind, of]) =>
      textsOf(mapOf(of)['TableName']).map((name) => ({
        action: `dynamodb:${TRANSACT_ACTIONS[kind] ?? kind}`,
        resource: tableArn(name, place),
      })),
    ),
  );
}

function tableArn(name: string, { region, accountId }: Place): string {
  return name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
}

function indexOf(table: string, index: unknown): string {
  return typeof index === 'string' ? `${table}/index/${index}` : table;
}

/** A body that is no JSON names no table; the database refuses it. */
function parse(body: Buffer): JsonMap {
  try {
    return mapOf(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}

function mapOf(value: unknown): JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonMap)
    : {};
}

function textsOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : [];
}
