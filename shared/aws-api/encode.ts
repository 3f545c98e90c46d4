// A handler's output → an answer: JSON by wire names, raw payloads, headers and the operation's status.
import { type Dialect, JSON_TYPES } from './dialect.ts';
import type { Operation } from './operations.ts';
import type { Member, Shape, TimestampFormat } from './shape.ts';
import { formatTimestamp } from './timestamp.ts';
import type { WireResponse } from './wire.ts';

type Output = Readonly<Record<string, unknown>>;

/** The answer for `output`. Throws `TypeError` when a handler gave a value of another kind than the model's. */
export function encodeOutput(
  operation: Operation,
  output: unknown,
  dialect: Dialect,
): WireResponse {
  const { output: layout } = operation;
  const values = (output ?? {}) as Output;
  const status = layout.statusCode
    ? (values[layout.statusCode.name] as number | undefined)
    : undefined;
  const headers = headersOf(layout.headers, values, dialect);
  return {
    status: status ?? operation.status,
    ...bodyOf(operation, values, dialect, headers),
  };
}

function bodyOf(
  { output: layout, status }: Operation,
  values: Output,
  dialect: Dialect,
  headers: Record<string, string>,
): Omit<WireResponse, 'status'> {
  if (layout.payload?.shape.kind === 'blob') {
    const raw = (values[layout.payload.name] ?? '') as Uint8Array | string;
    return { headers: { 'Content-Type': dialect.rawContentType, ...headers }, body: raw };
  }
  const type = { 'Content-Type': JSON_TYPES[dialect.protocol] };
  if (layout.empty && dialect.protocol === 'json-1.1') return { headers: type, body: '' };
  if (layout.empty || status === 204) return { headers, body: '' };
  const json = layout.payload
    ? toJson(layout.payload.shape, values[layout.payload.name] ?? {}, dialect)
    : membersToJson(layout.body, values, dialect);
  return {
    headers: { ...type, ...headers },
    body: JSON.stringify(json),
  };
}

function headersOf(
  members: readonly Member[],
  values: Output,
  dialect: Dialect,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, shape, binding } of members) {
    const value = values[name];
    if (value === undefined || value === null || binding.header === undefined) continue;
    headers[binding.header] = headerText(shape, value, dialect);
  }
  return headers;
}

function headerText(shape: Shape, value: unknown, dialect: Dialect): string {
  if (value instanceof Date) return String(dateText(shape, value, 'http-date', dialect));
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

/** Members by their wire names; `undefined` and `null` ones are left out. */
function membersToJson(
  members: readonly Member[],
  values: Output,
  dialect: Dialect,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const { name, wireName, shape } of members) {
    const value = values[name];
    if (value !== undefined && value !== null) json[wireName] = toJson(shape, value, dialect);
  }
  return json;
}

/** JSON value of `value`; throws `TypeError` when it is not of the shape's kind. */
function toJson(shape: Shape, value: unknown, dialect: Dialect): unknown {
  switch (shape.kind) {
    case 'structure':
      return membersToJson(shape.members, value as Output, dialect);
    case 'list':
      return (value as readonly unknown[]).map((item) => toJson(shape.member, item, dialect));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Output).map(([key, item]) => [
          key,
          toJson(shape.value, item, dialect),
        ]),
      );
    case 'timestamp':
      return dateText(shape, value as Date, 'epoch-seconds', dialect);
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'document':
      return value;
    default:
      return checked(shape.kind, value);
  }
}

function checked(kind: 'string' | 'number' | 'boolean', value: unknown): unknown {
  if (typeof value !== kind)
    throw new TypeError(`an output has ${typeof value} instead of ${kind}`);
  return value;
}

function dateText(
  shape: Shape,
  date: Date,
  fallback: TimestampFormat,
  dialect: Dialect,
): string | number {
  const format = shape.kind === 'timestamp' ? (shape.format ?? fallback) : fallback;
  return formatTimestamp(date, format, dialect.milliseconds);
}
