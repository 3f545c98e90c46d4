// Time to live: an attribute of epoch seconds after which items go by themselves.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
import { setImmediate as turn } from 'node:timers/promises';
import { action, validation, type Data, type Item } from './dynalite.ts';
import { checked, inUnit, type Engine } from './engine.ts';
import { validationFailure } from './failure.ts';
import { findTable, itemPrefix, prefixRange, ttlKey, tokenKey } from './store.ts';
import { TOKEN_MS } from './transact-write.ts';

interface Specification {
  readonly AttributeName: string;
  readonly Enabled: boolean;
}

/** Items that ran out longer ago than this are never dropped: DynamoDB takes such a time for a mistake. */
const OLDEST_SECONDS = 5 * 365 * 24 * 3600;

const tableName = (validation('DescribeTimeToLive').types as { TableName: unknown }).TableName;
const deleteItem = action('DeleteItem');

const INPUT = {
  types: {
    TableName: tableName,
    TimeToLiveSpecification: {
      type: 'FieldStruct<TimeToLiveSpecification>',
      notNull: true,
      children: {
        AttributeName: {
          type: 'String',
          notNull: true,
          lengthGreaterThanOrEqual: 1,
          lengthLessThanOrEqual: 255,
        },
        Enabled: { type: 'Boolean', notNull: true },
      },
    },
  },
};

/** Switches time to live on or off. */
export async function updateTimeToLive(engine: Engine, input: Data): Promise<Data> {
  const data = checked(engine, input, INPUT);
  const name = String(data['TableName']);
  const wanted = data['TimeToLiveSpecification'] as Specification;
  return engine.disk.run((unit) => {
    const table = findTable(unit, name, false);
    if (table instanceof Error) throw table;
    const now = specification(unit.get(ttlKey(name)));
    assertChange(now, wanted);
    if (wanted.Enabled) unit.put(ttlKey(name), JSON.stringify(wanted));
    else unit.del(ttlKey(name));
    return { TimeToLiveSpecification: wanted };
  });
}

/** Says whether, and by which attribute. */
export async function describeTimeToLive(engine: Engine, input: Data): Promise<Data> {
  const data = checked(engine, input, validation('DescribeTimeToLive'));
  const name = String(data['TableName']);
  const table = findTable(engine.disk, name, false);
  if (table instanceof Error) throw table;
  const now = specification(engine.disk.get(ttlKey(name)));
  return {
    TimeToLiveDescription:
      now === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: now.AttributeName },
  };
}

/** Drops what has run out, and tokens of transactions that nobody may repeat any more; the number of items dropped. */
export async function reap(engine: Engine): Promise<number> {
  let dropped = 0;
  for await (const entries of engine.disk.pages(prefixRange(ttlKey('')))) {
    for (const [key, text] of entries) {
      const attribute = specification(text)?.AttributeName;
      if (attribute !== undefined) {
        dropped += await reapTable(engine, key.slice(ttlKey('').length), attribute);
      }
    }
  }
  await dropTokens(engine);
  return dropped;
}

/** A page at a time, so that requests come between; each item only if it still has run out. */
async function reapTable(engine: Engine, table: string, attribute: string): Promise<number> {
  let dropped = 0;
  for await (const entries of engine.disk.pages(prefixRange(itemPrefix(table)))) {
    const keys = entries.filter(([, text]) => hasRunOut(engine, text, attribute));
    await Promise.all(keys.map(([key]) => drop(engine, table, attribute, key)));
    dropped += keys.length;
    await turn();
  }
  return dropped;
}

function hasRunOut(engine: Engine, text: string, attribute: string): boolean {
  const seconds = Number((JSON.parse(text) as Item)[attribute]?.['N']);
  const now = engine.now() / 1000;
  return seconds < now && seconds > now - OLDEST_SECONDS;
}

async function drop(engine: Engine, table: string, attribute: string, key: string): Promise<void> {
  await engine.disk.run((unit) => {
    const text = unit.get(key);
    const described = findTable(unit, table, true);
    if (text === undefined || described instanceof Error) return;
    if (!hasRunOut(engine, text, attribute)) return;
    const item = JSON.parse(text) as Item;
    const names = described.KeySchema.map(({ AttributeName }) => AttributeName);
    const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
    inUnit(engine, unit, deleteItem, { TableName: table, Key });
  });
}

async function dropTokens(engine: Engine): Promise<void> {
  for await (const entries of engine.disk.pages(prefixRange(tokenKey('')))) {
    const old = entries.filter(
      ([, text]) => (JSON.parse(text) as { at: number }).at + TOKEN_MS <= engine.now(),
    );
    await engine.disk.run((unit) => {
      for (const [key] of old) unit.del(key);
    });
  }
}

function assertChange(now: Specification | undefined, wanted: Specification): void {
  if (wanted.Enabled && now?.AttributeName === wanted.AttributeName) {
    throw validationFailure('TimeToLive is already enabled');
  }
  if (wanted.Enabled && now !== undefined) {
    throw validationFailure(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${now.AttributeName}`,
    );
  }
  if (!wanted.Enabled && now === undefined) {
    throw validationFailure('TimeToLive is already disabled');
  }
  if (now !== undefined && now.AttributeName !== wanted.AttributeName) {
    throw validationFailure(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${now.AttributeName}`,
    );
  }
}

function specification(text: string | undefined): Specification | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Specification);
}
