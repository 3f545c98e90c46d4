// A connection's record as a DynamoDB item, in attributes that people can read.
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type { StringMap } from '#shared/model/records.ts';

/** A DynamoDB value of the kinds that a connection's item has. */
interface Value {
  S?: string;
  N?: string;
  M?: Record<string, Value>;
  L?: Value[];
}

type Item = Record<string, Value>;

const text = (value: string) => ({ S: value });
const number = (value: number) => ({ N: String(value) });

/** Attributes of `record` beside the item's partition. */
export function encodeConnection(record: ConnectionRecord) {
  const { userAgent, authorizer, identity, metadata, groups } = record;
  return {
    connectionId: text(record.id),
    apiId: text(record.apiId),
    stage: text(record.stageName),
    region: text(record.region),
    accountId: text(record.accountId),
    node: text(record.nodeId),
    connectedAt: number(record.connectedAt),
    sourceIp: text(record.sourceIp),
    domainName: text(record.domainName),
    ttl: number(record.expiresAt),
    ...(userAgent === undefined ? {} : { userAgent: text(userAgent) }),
    ...(authorizer === undefined ? {} : { authorizer: { M: mapText(authorizer) } }),
    ...(identity === undefined ? {} : { identity: { M: mapText(identity) } }),
    ...(metadata === undefined ? {} : { metadata: text(JSON.stringify(metadata)) }),
    ...(groups === undefined ? {} : { groups: { L: groups.map(text) } }),
  };
}

/** The record of an item written by `encodeConnection`. */
export function decodeConnection(item: Item): ConnectionRecord {
  const { userAgent, authorizer, identity, metadata, groups } = item;
  return {
    id: stringOf(item.connectionId),
    apiId: stringOf(item.apiId),
    stageName: stringOf(item.stage),
    region: stringOf(item.region),
    accountId: stringOf(item.accountId),
    nodeId: stringOf(item.node),
    connectedAt: Number(item.connectedAt?.N),
    sourceIp: stringOf(item.sourceIp),
    domainName: stringOf(item.domainName),
    expiresAt: Number(item.ttl?.N),
    ...(userAgent === undefined ? {} : { userAgent: stringOf(userAgent) }),
    ...(authorizer === undefined ? {} : { authorizer: stringMap(authorizer.M ?? {}) }),
    ...(identity === undefined ? {} : { identity: stringMap(identity.M ?? {}) }),
    ...(metadata === undefined ? {} : { metadata: JSON.parse(stringOf(metadata)) as unknown }),
    ...(groups === undefined ? {} : { groups: (groups.L ?? []).map(stringOf) }),
  };
}

function mapText(map: StringMap): Record<string, { S: string }> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, text(value)]));
}

function stringMap(map: Item): StringMap {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, stringOf(value)]));
}

function stringOf(value: Value | undefined): string {
  return value?.S ?? '';
}
