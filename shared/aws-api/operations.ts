// An SDK module's schemas as a table of operations: method, path, status and the place of every member.
import { type Member, type SchemaRef, type StructureShape, structureOf, UNIT } from './shape.ts';

/** One piece of an operation's path. A greedy label takes the rest of the path. */
export type Segment =
  { readonly literal: string } | { readonly label: string; readonly greedy: boolean };

/** Where an operation's input comes from. */
export interface InputLayout {
  readonly labels: ReadonlyMap<string, Member>;
  readonly query: readonly Member[];
  /** Takes every query parameter that has no other place. */
  readonly queryMap?: Member;
  readonly headers: readonly Member[];
  /** Is the whole body. */
  readonly payload?: Member;
  /** Members of the JSON body. */
  readonly body: readonly Member[];
}

/** Where an operation's output goes. */
export interface OutputLayout {
  readonly headers: readonly Member[];
  readonly statusCode?: Member;
  readonly payload?: Member;
  readonly body: readonly Member[];
  /** The operation answers without a body. */
  readonly empty: boolean;
}

/** An operation of a service. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Query parameters that the request must carry, such as `mode=import`. */
  readonly literals: readonly (readonly [name: string, value: string])[];
  /** Status of success. */
  readonly status: number;
  readonly input: InputLayout;
  readonly output: OutputLayout;
}

/** What an SDK module says of its service. */
export interface ServiceModel {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Modelled errors by their type. */
  readonly errors: ReadonlyMap<string, StructureShape>;
}

/** Smithy's static schema tuple of an operation. */
type OperationTuple = readonly [
  number,
  string,
  string,
  /** A number or an object without `http` where the protocol names operations by a header (JSON protocols). */
  number | { readonly http?: readonly [method: string, uri: string, status: number] },
  SchemaRef,
  SchemaRef,
];

const OPERATION = 9;
const ERROR = -3;

/** Reads the schemas that `sdk`, the namespace of a client package, exports. */
export function readModel(sdk: object): ServiceModel {
  const operations = new Map<string, Operation>();
  const errors = new Map<string, StructureShape>();
  for (const value of exportsOf(sdk)) {
    if (value[0] === OPERATION) {
      const operation = readOperation(value as unknown as OperationTuple);
      operations.set(operation.name, operation);
    } else if (value[0] === ERROR) {
      const shape = structureOf(value as unknown as SchemaRef);
      errors.set(shape.name, shape);
    }
  }
  return { operations: sorted(operations), errors: sorted(errors) };
}

/** Exported tuples; a CommonJS module may show some of its names only on `default`. */
function* exportsOf(sdk: object): Iterable<readonly unknown[]> {
  const all: Record<string, unknown> = {
    ...('default' in sdk ? (sdk.default as object) : {}),
    ...sdk,
  };
  for (const value of Object.values(all)) {
    if (Array.isArray(value)) yield value as readonly unknown[];
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What every operation of the JSON protocols has. */
const PLAIN_POST = ['POST', '/', 200] as const;

function readOperation([, , name, traits, input, output]: OperationTuple): Operation {
  const http = typeof traits === 'object' ? traits.http : undefined;
  const [method, uri, status] = http ?? PLAIN_POST;
  const [path = '', query = ''] = uri.split('?');
  return {
    name,
    method,
    segments: readPath(path),
    literals: [...new URLSearchParams(query)],
    status,
    input: inputLayout(structureOf(input)),
    output: outputLayout(structureOf(output)),
  };
}

function readPath(path: string): Segment[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((part) => {
    if (!part.startsWith('{')) return { literal: part };
    const greedy = part.endsWith('+}');
    return { label: part.slice(1, greedy ? -2 : -1), greedy };
  });
}

function inputLayout({ members }: StructureShape): InputLayout {
  const queryMap = members.find(({ binding }) => binding.queryMap);
  const payload = members.find(({ binding }) => binding.payload);
  return {
    labels: new Map(members.filter(({ binding }) => binding.label).map((m) => [m.name, m])),
    query: members.filter(({ binding }) => binding.query !== undefined),
    headers: members.filter(({ binding }) => binding.header !== undefined),
    body: members.filter(inBody),
    ...(queryMap === undefined ? {} : { queryMap }),
    ...(payload === undefined ? {} : { payload }),
  };
}

function inBody({ binding }: Member): boolean {
  const { label, query, queryMap, header, payload } = binding;
  return !label && !queryMap && !payload && query === undefined && header === undefined;
}

/** Request-only traits on outputs mean nothing (v1's `position` is in the body although it has `httpQuery`). */
function outputLayout({ name, members }: StructureShape): OutputLayout {
  const payload = members.find(({ binding }) => binding.payload);
  const statusCode = members.find(({ binding }) => binding.statusCode);
  const outside = ({ binding }: Member): boolean =>
    binding.payload || binding.statusCode || binding.header !== undefined;
  return {
    headers: members.filter(({ binding }) => binding.header !== undefined),
    body: members.filter((member) => !outside(member)),
    empty: name === UNIT,
    ...(payload === undefined ? {} : { payload }),
    ...(statusCode === undefined ? {} : { statusCode }),
  };
}
