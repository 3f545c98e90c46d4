// Every operation by name: dynalite's, run in units of work, and those that dynalite lacks.
import { batchWriteItem } from './batch-write.ts';
import { operationModules, type Data, type Validation } from './dynalite.ts';
import { checked, inUnit, read, withItem, write, type Engine } from './engine.ts';
import { Failure, toFailure } from './failure.ts';
import { listTables } from './list-tables.ts';
import { createTable, updateTable } from './table-settings.ts';
import { deleteTable } from './tables.ts';
import { describeTimeToLive, updateTimeToLive } from './time-to-live.ts';
import { transactGetItems } from './transact-get.ts';
import { transactWriteItems } from './transact-write.ts';

/** What an operation knows of its request beside the input. */
export interface OperationContext {
  /** The `Host` that the caller used. */
  readonly host: string;
  /** Tables that are not there for this caller; absent: none. */
  readonly hidden?: readonly string[];
}

/** Input to answer; the answer may be JSON text already. Throws `Failure`. */
export type Operation = (
  engine: Engine,
  input: Data,
  context: OperationContext,
) => Promise<Data | string>;

const READING = [
  'BatchGetItem',
  'DescribeTable',
  'GetItem',
  'ListTagsOfResource',
  'Query',
  'Scan',
] as const;
const WRITING = ['TagResource', 'UntagResource'] as const;
const CONDITIONAL = ['DeleteItem', 'PutItem', 'UpdateItem'] as const;

const ACCOUNT_UNITS = 80_000;
const TABLE_UNITS = 40_000;

const ALL: readonly (readonly [string, Operation])[] = [
  ...READING.map((name) => [name, reading(name)] as const),
  ...WRITING.map((name) => [name, writing(name)] as const),
  ...CONDITIONAL.map((name) => [name, conditional(name)] as const),
  ['BatchWriteItem', batchWriteItem],
  ['CreateTable', createTable],
  ['DeleteTable', deleteTable],
  ['DescribeEndpoints', describeEndpoints],
  ['DescribeLimits', describeLimits],
  ['DescribeTimeToLive', describeTimeToLive],
  ['ListTables', listTables],
  ['TransactGetItems', transactGetItems],
  ['TransactWriteItems', transactWriteItems],
  ['UpdateTable', updateTable],
  ['UpdateTimeToLive', updateTimeToLive],
];

/** All operations there are; any other answers `UnknownOperationException`. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(ALL);

function reading(name: string): Operation {
  const { action, validation } = operationModules(name);
  return (engine, input) => read(engine, action, checked(engine, input, validation));
}

function writing(name: string): Operation {
  const { action, validation } = operationModules(name);
  return (engine, input) => write(engine, action, checked(engine, input, validation));
}

/** A write of one item: an answer to a failed condition may carry the item that stood against it. */
function conditional(name: string): Operation {
  const { action, validation } = operationModules(name);
  const asked = {
    ...validation,
    types: {
      ...validation.types,
      ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] },
    },
  } satisfies Validation;
  return async (engine, input) => {
    const data = checked(engine, input, asked);
    return engine.disk.run((unit) => {
      try {
        return JSON.stringify(inUnit(engine, unit, action, data));
      } catch (error) {
        const failed = toFailure(error);
        const item = withItem(failed, unit, data);
        throw item === undefined ? failed : new Failure(400, { ...failed.body, Item: item });
      }
    });
  };
}

async function describeLimits(): Promise<Data> {
  return {
    AccountMaxReadCapacityUnits: ACCOUNT_UNITS,
    AccountMaxWriteCapacityUnits: ACCOUNT_UNITS,
    TableMaxReadCapacityUnits: TABLE_UNITS,
    TableMaxWriteCapacityUnits: TABLE_UNITS,
  };
}

async function describeEndpoints(
  _engine: Engine,
  _input: Data,
  { host }: OperationContext,
): Promise<Data> {
  return { Endpoints: [{ Address: host, CachePeriodInMinutes: 1440 }] };
}
