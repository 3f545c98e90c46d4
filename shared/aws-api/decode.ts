// A request → the input of its operation: labels, query, headers, payload and JSON body, all checked.
import type { Dialect } from './dialect.ts';
import { constraintFault, pathName, serializationError, validationError } from './input-faults.ts';
import type { Match } from './mux.ts';
import type { InputLayout } from './operations.ts';
import { checkKey, JsonReader, notConvertible, parseObject } from './read-json.ts';
import type { Member, Shape, TimestampFormat } from './shape.ts';
import { parseTimestamp } from './timestamp.ts';
import { headerValue, type QueryPair, type WireRequest } from './wire.ts';

/** What `decodeInput` reads. */
export interface DecodeSource {
  readonly request: WireRequest;
  readonly query: readonly QueryPair[];
  readonly match: Match;
  readonly dialect: Dialect;
}

/**
 * Input of the matched operation, by the SDK's member names. Absent members are absent, never `undefined`.
 * Throws `ServiceError` 400: SerializationException for wrong kinds, ValidationException for what is missing.
 */
export function decodeInput(source: DecodeSource): Record<string, unknown> {
  const { input: layout } = source.match.operation;
  const reader = new JsonReader();
  const input = {
    ...readBody(source, reader),
    ...readOutside(source, layout),
  };
  const missing = outside(layout).filter(({ name, required }) => required && !(name in input));
  const faults = [
    ...missing.map(({ name }) =>
      constraintFault('null', pathName(name), 'Member must not be null'),
    ),
    ...reader.faults,
  ];
  if (faults.length > 0) throw validationError(faults);
  return input;
}

function outside(layout: InputLayout): Member[] {
  return [...layout.labels.values(), ...layout.query, ...layout.headers];
}

function readBody({ request, match, dialect }: DecodeSource, reader: JsonReader): object {
  const { name, input } = match.operation;
  const root = dialect.memberPaths === 'operation' ? `${pathName(name)}Input` : '';
  if (input.payload) return readPayload(input.payload, request.body, reader);
  if (input.body.length === 0) return {};
  const json = request.body.length === 0 ? {} : parseObject(request.body);
  return reader.members(input.body, json, root);
}

function readPayload(member: Member, body: Buffer, reader: JsonReader): object {
  if (body.length === 0 && !member.required) return {};
  if (member.shape.kind === 'blob') return { [member.name]: body };
  if (member.shape.kind === 'string') return { [member.name]: body.toString('utf8') };
  return { [member.name]: reader.value(member.shape, parseObject(body), pathName(member.name)) };
}

function readOutside({ request, query, match }: DecodeSource, layout: InputLayout): object {
  const input: Record<string, unknown> = {};
  for (const [label, text] of match.labels) {
    const member = layout.labels.get(label);
    if (member) input[member.name] = fromText(member.shape, decodeLabel(text), 'date-time');
  }
  for (const member of layout.query) {
    const value = queryMember(member, query);
    if (value !== undefined) input[member.name] = value;
  }
  for (const member of layout.headers) {
    const text = headerValue(request.rawHeaders, (member.binding.header ?? '').toLowerCase());
    if (text !== undefined) input[member.name] = fromText(member.shape, text, 'http-date');
  }
  if (layout.queryMap) input[layout.queryMap.name] = freeParameters(match, query);
  return input;
}

function decodeLabel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw serializationError('The path has a broken percent-encoding');
  }
}

/** A list member takes every parameter of its name, a map of lists is not used by these services. */
function queryMember({ shape, binding }: Member, query: readonly QueryPair[]): unknown {
  const values = query.filter(([name]) => name === binding.query).map(([, value]) => value);
  if (shape.kind === 'list') {
    return values.length === 0
      ? undefined
      : values.map((value) => fromText(shape.member, value, 'date-time'));
  }
  const [first] = values;
  return first === undefined ? undefined : fromText(shape, first, 'date-time');
}

/** Parameters without another place, as a map (`parameters` of imports and exports). */
function freeParameters({ operation }: Match, query: readonly QueryPair[]): Record<string, string> {
  const taken = new Set([
    ...operation.literals.map(([name]) => name),
    ...operation.input.query.map(({ binding }) => binding.query),
  ]);
  const free: Record<string, string> = {};
  for (const [name, value] of query) {
    checkKey(name);
    if (!taken.has(name)) free[name] = value;
  }
  return free;
}

function fromText(shape: Shape, text: string, dates: TimestampFormat): unknown {
  switch (shape.kind) {
    case 'number':
      return toNumber(text);
    case 'boolean':
      return text.toLowerCase() === 'true';
    case 'timestamp':
      return parseTimestamp(text, shape.format ?? dates) ?? fail(text, 'Date');
    default:
      return text;
  }
}

function toNumber(text: string): number {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? fail(text, 'Integer') : value;
}

function fail(text: string, target: string): never {
  throw notConvertible(text, target);
}
