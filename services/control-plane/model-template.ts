// A sample mapping template for a model's JSON schema (AWS: GetModelTemplate).

/** Deeper levels are left out: a schema may refer to nothing but itself in any depth. */
const DEEPEST = 16;

/** A user's schema: any member may be of any kind. */
interface Schema {
  readonly type?: unknown;
  readonly properties?: unknown;
  readonly items?: unknown;
}

/** `value` if it is an object; what is no schema is as good as an empty one. */
const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;

/** A VTL text that copies every property of `schema` from the input's root. */
export function sampleTemplate(schema: object): string {
  return `#set($inputRoot = $input.path('$'))\n${sample(schema, { path: '$inputRoot', depth: 0 })}`;
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function sample(schema: Schema, place: Place): string {
  if (place.depth > DEEPEST) return '{}';
  if (schema.type === 'array') return arraySample(asObject(schema.items) ?? {}, place);
  const properties = asObject(schema.properties);
  if (properties !== undefined) return objectSample(properties, place);
  if (schema.type === 'object') return '{}';
  return schema.type === 'string' ? `"${place.path}"` : place.path;
}

function objectSample(
  properties: Readonly<Record<string, unknown>>,
  { path, depth }: Place,
): string {
  const indent = '  '.repeat(depth + 1);
  const lines = Object.entries(properties).map(
    ([name, schema]) =>
      `${indent}${JSON.stringify(name)} : ${sample(asObject(schema) ?? {}, { path: `${path}.${name}`, depth: depth + 1 })}`,
  );
  return `{\n${lines.join(',\n')}\n${'  '.repeat(depth)}}`;
}

function arraySample(items: Schema, { path, depth }: Place): string {
  const item = sample(items, { path: '$elem', depth: depth + 1 });
  const close = '  '.repeat(depth);
  return `[\n#foreach($elem in ${path})\n${close}  ${item}#if($foreach.hasNext),#end\n#end\n${close}]`;
}
