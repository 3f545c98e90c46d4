// TransactWriteItems: up to a hundred writes and checks as one unit of work, each token done once.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
import { createHash } from 'node:crypto';
import {
  action,
  database,
  validation,
  type Action,
  type Data,
  type Item,
  type Validation,
} from './dynalite.ts';
import type { UnitOfWork } from './disk.ts';
import { checked, existingItem, inUnit, itemKeyOf, withItem, type Engine } from './engine.ts';
import {
  cancelled,
  failure,
  toFailure,
  typeOf,
  validationFailure,
  type Failure,
} from './failure.ts';
import { tokenKey } from './store.ts';

/** An action of a transaction: its name, its shape, and what runs it. */
interface Kind {
  readonly name: 'ConditionCheck' | 'Put' | 'Delete' | 'Update';
  readonly types: Data;
  readonly custom: Validation['custom'];
  readonly action: Action;
}

/** A reason per action, in their order; AWS's codes. */
interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

/** What is remembered of a transaction for its token. */
interface Token {
  readonly hash: string;
  readonly at: number;
}

/** A token is good for ten minutes after its transaction. */
export const TOKEN_MS = 10 * 60_000;

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
const ON_FAILURE = { type: 'String', enum: ['ALL_OLD', 'NONE'] };

/** Reads the item and looks at the condition; writes nothing. */
const checkCondition: Action = (store, data, callback) => {
  store.getTable(String(data['TableName']), (error, table) => {
    if (table === undefined) return callback(error);
    const key = data['Key'] as Item;
    const invalid = database.validateKey(key, table);
    if (invalid instanceof Error) return callback(invalid);
    store
      .getItemDb(table.TableName)
      .get(database.createKey(key, table), (failed, item) =>
        callback(failed ?? database.checkConditional(data, item as Item | undefined), {}),
      );
  });
};

const KINDS: readonly Kind[] = [
  kind('ConditionCheck', 'DeleteItem', ['Key', 'ConditionExpression'], checkCondition),
  kind('Put', 'PutItem', ['Item'], action('PutItem')),
  kind('Delete', 'DeleteItem', ['Key'], action('DeleteItem')),
  kind('Update', 'UpdateItem', ['Key', 'UpdateExpression'], action('UpdateItem')),
];

const INPUT: Validation = {
  types: {
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] },
    ReturnItemCollectionMetrics: { type: 'String', enum: ['SIZE', 'NONE'] },
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: MAX_ACTIONS,
      children: {
        type: 'ValueStruct<TransactWriteItem>',
        children: Object.fromEntries(
          KINDS.map(({ name, types }) => [name, { type: `ValueStruct<${name}>`, children: types }]),
        ),
      },
    },
  },
  custom: (data, store) => {
    for (const entry of data['TransactItems'] as Data[]) {
      const kinds = KINDS.filter(({ name }) => entry[name] !== undefined);
      const [only] = kinds;
      if (only === undefined || kinds.length > 1) {
        return 'TransactItems can only contain one of Check, Put, Update or Delete';
      }
      const message = only.custom?.(entry[only.name] as Data, store);
      if (typeof message === 'string') return message;
    }
    return undefined;
  },
};

/** Runs the operation; the answer's JSON. */
export async function transactWriteItems(engine: Engine, input: Data): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('base64');
  const data = checked(engine, input, INPUT);
  const actions = (data['TransactItems'] as Data[]).map(actionOf);
  return engine.disk.run((unit) => {
    if (!isRepeated(engine, unit, data, hash)) runAll(engine, unit, actions);
    return JSON.stringify(consumed(data, actions));
  });
}

interface Act {
  readonly kind: Kind;
  readonly data: Data;
}

function actionOf(entry: Data): Act {
  const found = KINDS.find(({ name }) => entry[name] !== undefined);
  if (found === undefined) throw new Error('an action without a kind passed its check');
  return { kind: found, data: entry[found.name] as Data };
}

/** Takes note of the token; `true` when this very transaction has been done before. */
function isRepeated(engine: Engine, unit: UnitOfWork, data: Data, hash: string): boolean {
  const token = data['ClientRequestToken'];
  if (typeof token !== 'string') return false;
  const known = unit.get(tokenKey(token));
  const { hash: before, at } = (known === undefined ? {} : JSON.parse(known)) as Partial<Token>;
  if (before === undefined || at === undefined || at + TOKEN_MS <= engine.now()) {
    unit.put(tokenKey(token), JSON.stringify({ hash, at: engine.now() } satisfies Token));
    return false;
  }
  if (before === hash) return true;
  throw failure(
    'IdempotentParameterMismatchException',
    'The transaction with token was already started but the request parameters do not match',
  );
}

function runAll(engine: Engine, unit: UnitOfWork, actions: readonly Act[]): void {
  assertDistinct(unit, actions);
  const reasons = actions.map(({ kind, data }) => run(engine, unit, kind, data));
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const bytes = actions.reduce((sum, { data }) => sum + sizeOf(unit, data), 0);
  if (bytes > MAX_BYTES) {
    throw validationFailure('Collection size of items in a transaction cannot exceed 4MB');
  }
}

function assertDistinct(unit: UnitOfWork, actions: readonly Act[]): void {
  const keys = actions.map(({ data }) => itemKeyOf(unit, data)).filter((key) => key !== undefined);
  if (new Set(keys).size < keys.length) {
    throw validationFailure('Transaction request cannot include multiple operations on one item');
  }
}

function run(engine: Engine, unit: UnitOfWork, { action }: Kind, data: Data): Reason {
  try {
    inUnit(engine, unit, action, data);
    return { Code: 'None' };
  } catch (error) {
    return reasonOf(toFailure(error), unit, data);
  }
}

/** A missing table, or a fault of ours, ends the request as a whole. */
function reasonOf(failed: Failure, unit: UnitOfWork, data: Data): Reason {
  const Message = failed.message;
  switch (typeOf(failed)) {
    case 'ConditionalCheckFailedException': {
      const item = withItem(failed, unit, data);
      const reason = { Code: 'ConditionalCheckFailed', Message };
      return item === undefined ? reason : { ...reason, Item: item };
    }
    case 'ValidationException':
      return { Code: 'ValidationError', Message };
    default:
      throw failed;
  }
}

function sizeOf(unit: UnitOfWork, data: Data): number {
  const item = existingItem(unit, data);
  return item === undefined ? 0 : Buffer.byteLength(JSON.stringify(item));
}

/** Transactions cost two write units an item of up to 1 KB; sizes beyond that are not counted here. */
function consumed(data: Data, actions: readonly Act[]): Data {
  if (data['ReturnConsumedCapacity'] !== 'TOTAL' && data['ReturnConsumedCapacity'] !== 'INDEXES') {
    return {};
  }
  const units = new Map<string, number>();
  for (const { data: one } of actions) {
    const table = String(one['TableName']);
    units.set(table, (units.get(table) ?? 0) + 2);
  }
  return {
    ConsumedCapacity: [...units].map(([TableName, CapacityUnits]) => ({
      TableName,
      CapacityUnits,
      WriteCapacityUnits: CapacityUnits,
    })),
  };
}

/** An action's shape: that of the single operation without what transactions do not take. */
function kind(
  name: Kind['name'],
  operation: string,
  required: readonly string[],
  run: Action,
): Kind {
  const { types, custom } = validation(operation);
  const taken = [
    'TableName',
    'ConditionExpression',
    'ExpressionAttributeNames',
    'ExpressionAttributeValues',
    ...required,
  ];
  const shape = Object.fromEntries(
    taken.map((member) => [
      member,
      required.includes(member) ? { ...(types[member] as Data), notNull: true } : types[member],
    ]),
  );
  return {
    name,
    types: { ...shape, ReturnValuesOnConditionCheckFailure: ON_FAILURE },
    custom,
    action: run,
  };
}
