// The store's tables: made at start when they are not there, by whichever node comes first.
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';

/** Names of the two tables. */
export interface TableNames {
  readonly resources: string;
  readonly connections: string;
}

/** The tables under a prefix. */
export function tableNames(prefix: string): TableNames {
  return { resources: `${prefix}-resources`, connections: `${prefix}-connections` };
}

/** Attribute by which DynamoDB drops connections left behind: epoch seconds. */
export const TTL_ATTRIBUTE = 'ttl';

const POLL_MS = 100;
const POLL_TIMES = 600;

/** Makes both tables and waits until they are active, with time to live on for connections. Safe from many nodes. */
export async function ensureTables(
  connection: DynamoDbConnection,
  names: TableNames,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    ensureTable(connection, table(names.resources, 'sort'), signal),
    ensureTable(connection, table(names.connections, 'connectionId'), signal),
  ]);
  await ensureTimeToLive(connection, names.connections, signal);
}

function table(name: string, sort: string): CreateTableCommandInput & { TableName: string } {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'partition', AttributeType: 'S' },
      { AttributeName: sort, AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'partition', KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ],
  };
}

async function ensureTable(
  connection: DynamoDbConnection,
  input: CreateTableCommandInput & { TableName: string },
  signal: AbortSignal,
): Promise<void> {
  if ((await status(connection, input.TableName, signal)) === undefined) {
    await create(connection, input, signal);
  }
  for (let turn = 0; turn < POLL_TIMES; turn++) {
    const now = await status(connection, input.TableName, signal);
    if (now === 'ACTIVE' || now === 'UPDATING') return;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new StoreUnavailableError(`table ${input.TableName} does not become active`);
}

/** Another node may win: then the table is there, which is all we want. */
async function create(
  connection: DynamoDbConnection,
  input: CreateTableCommandInput,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await connection.send(
      (send) => send(new CreateTableCommand(input), { abortSignal }),
      ['ResourceInUseException', 'TableAlreadyExistsException'],
    );
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
  }
}

/** Unbound by the signal, a call to what takes connections and says nothing would try on for half a minute. */
async function status(
  connection: DynamoDbConnection,
  name: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  try {
    const command = new DescribeTableCommand({ TableName: name });
    const output = await connection.send(
      (send) => send(command, { abortSignal }),
      ['ResourceNotFoundException'],
    );
    return output.Table?.TableStatus;
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    return undefined;
  }
}

async function ensureTimeToLive(
  connection: DynamoDbConnection,
  name: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const described = await connection.send((send) =>
    send(new DescribeTimeToLiveCommand({ TableName: name }), { abortSignal }),
  );
  const now = described.TimeToLiveDescription?.TimeToLiveStatus;
  if (now === 'ENABLED' || now === 'ENABLING') return;
  const specification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
  const command = new UpdateTimeToLiveCommand({
    TableName: name,
    TimeToLiveSpecification: specification,
  });
  try {
    await connection.send((send) => send(command, { abortSignal }), ['ValidationException']);
  } catch (error) {
    // Another node has just switched it on.
    if (error instanceof StoreUnavailableError) throw error;
  }
}
