// A service's model as text, one line an operation's side and one a structure, so that an upgrade of an SDK is a readable diff.
import type { Operation, ServiceModel } from '#shared/aws-api/operations.ts';
import type { Member, Shape, StructureShape } from '#shared/aws-api/shape.ts';

/** The whole table. */
export function operationTable({ operations, errors }: ServiceModel): string {
  const structures = new Map<string, string>();
  const parts = [...operations.values()].map((operation) => describe(operation, structures));
  const faults = [...errors.values()].map(
    (shape) => `${shape.name} ${members(shape.members, structures)}`,
  );
  const shapes = [...structures].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return [...parts, '', '# errors', ...faults, '', '# structures', ...shapes, ''].join('\n');
}

function describe(operation: Operation, structures: Map<string, string>): string {
  const path = operation.segments
    .map((s) => ('literal' in s ? s.literal : `{${s.label}${s.greedy ? '+' : ''}}`))
    .join('/');
  const literals = operation.literals.map(([name, value]) => `${name}=${value}`).join('&');
  const uri = `/${path}${literals && '?'}${literals}`;
  const { input, output } = operation;
  const inputs = [
    ...input.labels.values(),
    ...input.query,
    ...(input.queryMap ? [input.queryMap] : []),
    ...input.headers,
    ...(input.payload ? [input.payload] : []),
    ...input.body,
  ];
  const outputs = [
    ...(output.statusCode ? [output.statusCode] : []),
    ...output.headers,
    ...(output.payload ? [output.payload] : []),
    ...output.body,
  ];
  return [
    `${operation.name} ${operation.method} ${uri} ${operation.status}`,
    `  > ${members(inputs, structures)}`.trimEnd(),
    `  < ${members(outputs, structures)}`.trimEnd(),
  ].join('\n');
}

function members(list: readonly Member[], structures: Map<string, string>): string {
  return list.map((member) => memberText(member, structures)).join(', ');
}

function memberText(member: Member, structures: Map<string, string>): string {
  const { name, wireName, required, shape, binding } = member;
  const { label, query, queryMap, header, payload, statusCode } = binding;
  const places = [
    label ? 'label' : '',
    query === undefined ? '' : `query=${query}`,
    queryMap ? 'query=*' : '',
    header === undefined ? '' : `header=${header}`,
    payload ? 'payload' : '',
    statusCode ? 'status' : '',
    wireName === name ? '' : wireName,
  ].filter((place) => place !== '');
  const place = places.length === 0 ? '' : ` [${places.join(' ')}]`;
  return `${name}${required ? '!' : ''}${place} ${shapeText(shape, structures)}`;
}

function shapeText(shape: Shape, structures: Map<string, string>): string {
  switch (shape.kind) {
    case 'structure':
      return structureText(shape, structures);
    case 'list':
      return `${shapeText(shape.member, structures)}[]`;
    case 'map':
      return `${shapeText(shape.value, structures)}{}`;
    case 'timestamp':
      return `timestamp(${shape.format ?? 'default'})`;
    default:
      return shape.kind;
  }
}

function structureText(shape: StructureShape, structures: Map<string, string>): string {
  if (!structures.has(shape.name)) {
    structures.set(shape.name, '');
    structures.set(shape.name, `${shape.name}: ${members(shape.members, structures)}`);
  }
  return shape.name;
}
