// A sample mapping template for a model's JSON schema (AWS: GetModelTemplate).

/** Deeper levels are left out: a schema may refer to nothing but itself in any depth. */
const DEEPEST = 16;

interface Schema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

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
  if (schema.type === 'array') return arraySample(schema.items ?? {}, place);
  if (schema.properties !== undefined) return objectSample(schema.properties, place);
  if (schema.type === 'object') return '{}';
  return schema.type === 'string' ? `"${place.path}"` : place.path;
}

function objectSample(
  properties: NonNullable<Schema['properties']>,
  { path, depth }: Place,
): string {
  const indent = '  '.repeat(depth + 1);
  const lines = Object.entries(properties).map(
    ([name, schema]) =>
      `${indent}${JSON.stringify(name)} : ${sample(schema, { path: `${path}.${name}`, depth: depth + 1 })}`,
  );
  return `{\n${lines.join(',\n')}\n${'  '.repeat(depth)}}`;
}

function arraySample(items: Schema, { path, depth }: Place): string {
  const item = sample(items, { path: '$elem', depth: depth + 1 });
  const close = '  '.repeat(depth);
  return `[\n#foreach($elem in ${path})\n${close}  ${item}#if($foreach.hasNext),#end\n#end\n${close}]`;
}
