// A schema of the SDK as a plain tree that decoding and encoding walk: kinds, wire names, required members, HTTP bindings.
import { NormalizedSchema } from '@smithy/core/schema';

/** How a timestamp is written; absent means the default of its place (body: epoch, header: http-date, query: date-time). */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** Where a member travels outside of the JSON body. */
export interface Binding {
  readonly label: boolean;
  readonly query?: string;
  readonly queryMap: boolean;
  readonly header?: string;
  readonly payload: boolean;
  readonly statusCode: boolean;
}

/** One member of a structure. */
export interface Member {
  readonly name: string;
  /** Key in JSON (`jsonName`). */
  readonly wireName: string;
  readonly required: boolean;
  readonly shape: Shape;
  readonly binding: Binding;
}

/** A structure or union. */
export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: readonly Member[];
}

/** Any shape. */
export type Shape =
  | StructureShape
  | { readonly kind: 'list'; readonly member: Shape }
  | { readonly kind: 'map'; readonly value: Shape }
  | { readonly kind: 'timestamp'; readonly format?: TimestampFormat }
  | { readonly kind: 'string' | 'boolean' | 'number' | 'blob' | 'document' };

/** What `NormalizedSchema.of` takes; SDK modules export such schemas. */
export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** Smithy's static schema tuple of a structure; the last element counts the leading members that are required. */
type StructureTuple = readonly [
  number,
  string,
  string,
  unknown,
  readonly string[],
  readonly unknown[],
  number?,
];

const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};

/** Name of the structure of operations that have no input or no output at all. */
export const UNIT = 'Unit';

const structures = new WeakMap<object, StructureShape>();

/** The tree of `schema`. Structures are made once, so recursive schemas end. */
export function shapeOf(schema: SchemaRef): Shape {
  return fromNormalized(NormalizedSchema.of(schema));
}

/** As `shapeOf` for a schema that is a structure; the unit schema is a structure without members. */
export function structureOf(schema: SchemaRef): StructureShape {
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isUnitSchema()) return { kind: 'structure', name: UNIT, members: [] };
  return structure(normalized);
}

function fromNormalized(schema: NormalizedSchema): Shape {
  if (schema.isUnitSchema()) return structureOf(schema);
  if (schema.isStructSchema()) return structure(schema);
  if (schema.isListSchema())
    return { kind: 'list', member: fromNormalized(schema.getValueSchema()) };
  if (schema.isMapSchema()) return { kind: 'map', value: fromNormalized(schema.getValueSchema()) };
  if (schema.isTimestampSchema()) return timestamp(schema);
  return { kind: scalarKind(schema) };
}

function scalarKind(
  schema: NormalizedSchema,
): 'string' | 'boolean' | 'number' | 'blob' | 'document' {
  if (schema.isStringSchema()) return 'string';
  if (schema.isBooleanSchema()) return 'boolean';
  if (schema.isNumericSchema()) return 'number';
  if (schema.isBlobSchema()) return 'blob';
  if (schema.isDocumentSchema()) return 'document';
  throw new TypeError(`schema ${schema.getName(true) ?? '?'} has a kind that is not supported`);
}

function timestamp(schema: NormalizedSchema): Shape {
  const format = TIMESTAMP_FORMATS[schema.getSchema() as number];
  return format === undefined ? { kind: 'timestamp' } : { kind: 'timestamp', format };
}

function structure(schema: NormalizedSchema): StructureShape {
  const tuple = schema.getSchema() as unknown as StructureTuple;
  const known = structures.get(tuple);
  if (known !== undefined) return known;
  const members: Member[] = [];
  const shape: StructureShape = { kind: 'structure', name: tuple[2], members };
  structures.set(tuple, shape);
  const requiredCount = tuple[6] ?? 0;
  for (const [name, member] of schema.structIterator()) {
    members.push(memberOf(name, member, members.length < requiredCount));
  }
  return shape;
}

function memberOf(name: string, schema: NormalizedSchema, required: boolean): Member {
  const traits = schema.getMergedTraits();
  const binding: Binding = {
    label: traits.httpLabel !== undefined,
    queryMap: traits.httpQueryParams !== undefined,
    payload: traits.httpPayload !== undefined,
    statusCode: traits.httpResponseCode !== undefined,
    ...(traits.httpQuery === undefined ? {} : { query: traits.httpQuery }),
    ...(traits.httpHeader === undefined ? {} : { header: traits.httpHeader }),
  };
  const wireName = traits.jsonName ?? name;
  return { name, wireName, required, shape: fromNormalized(schema), binding };
}
