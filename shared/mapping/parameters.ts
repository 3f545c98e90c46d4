// Parameter mappings: where a value comes from, and the header, query or path parameter it becomes (websocket-api-data-mapping).
import type { Exchange } from '#shared/model/exchange.ts';
import type { StringMap } from '#shared/model/records.ts';
import { contextVariable } from '#shared/exchange/context.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { headerValues } from '#shared/exchange/headers.ts';
import { queryMap } from '#shared/exchange/query.ts';
import { boundedJson } from './bounded-json.ts';
import { compileJsonPath } from './json-path/path.ts';
import type { BackendAnswer } from './selection.ts';

/** What a mapping may read. */
export interface ParameterScope {
  readonly exchange: Exchange;
  /** Responses only. */
  readonly answer?: BackendAnswer;
}

/** One compiled mapping. */
export interface ParameterMapping {
  readonly location: 'header' | 'querystring' | 'path';
  readonly name: string;
  /** `undefined` when the source is missing: then there is no target either. */
  readonly read: (scope: ParameterScope) => string | undefined;
}

/** Which side of an integration mappings are for. */
export type MappingSide = 'request' | 'response';

const TARGETS: Readonly<Record<MappingSide, RegExp>> = {
  request: /^integration\.request\.(header|querystring|path)\.([\w.$-]+)$/,
  response: /^(?:method|route)\.response\.(header)\.([\w.$-]+)$/,
};

const LOCATIONS = { header: 'header', querystring: 'querystring', path: 'path' } as const;

/** Compiles the map of a record. Throws `DefinitionError` naming the entry that cannot be read. */
export function compileParameters(map: StringMap, side: MappingSide): ParameterMapping[] {
  return Object.entries(map).map(([target, source]) => {
    const [, location, name] = TARGETS[side].exec(target) ?? [];
    if (location === undefined || name === undefined) {
      throw new DefinitionError(`invalid mapping target ${JSON.stringify(target)}`);
    }
    const read = compileSource(source);
    return { location: LOCATIONS[location as keyof typeof LOCATIONS], name, read };
  });
}

type Read = ParameterMapping['read'];

/** Sources by their beginnings; what the pattern captured goes to the row. */
const SOURCES: readonly (readonly [RegExp, (name: string) => Read])[] = [
  [/^'([\s\S]*)'$/, (text) => () => text],
  [
    /^(?:route|method)\.request\.header\.([\w.$-]+)$/,
    (name) => (scope) => header(scope, name).at(-1),
  ],
  [
    /^(?:route|method)\.request\.multivalueheader\.([\w.$-]+)$/,
    (name) => (scope) => joined(header(scope, name)),
  ],
  [
    /^(?:route|method)\.request\.querystring\.([\w.$-]+)$/,
    (name) => (scope) => query(scope, name).at(-1),
  ],
  [
    /^(?:route|method)\.request\.multivaluequerystring\.([\w.$-]+)$/,
    (name) => (scope) => joined(query(scope, name)),
  ],
  [/^(?:route|method)\.request\.body((?:[.[][\s\S]*)?)$/, requestBody],
  [/^integration\.response\.(?:multivalue)?header\.([\w.$-]+)$/, answerHeader],
  [/^integration\.response\.body((?:[.[][\s\S]*)?)$/, answerBody],
  [
    /^stageVariables\.(\w+)$/,
    (name) =>
      ({ exchange }) =>
        own(exchange.stage.variables, name),
  ],
  [/^context\.([\w.-]+)$/, context],
];

/** Compiles one source: the value of a mapping, or an identity source. Throws `DefinitionError` for what is none. */
export function compileSource(source: string): Read {
  for (const [pattern, row] of SOURCES) {
    const found = pattern.exec(source);
    if (found !== null) return row(found[1] ?? '');
  }
  throw new DefinitionError(`invalid mapping source ${JSON.stringify(source)}`);
}

function header({ exchange }: ParameterScope, name: string): readonly string[] {
  return headerValues(exchange.request.rawHeaders, name);
}

function query({ exchange }: ParameterScope, name: string): readonly string[] {
  return queryMap(exchange.request.query).get(name) ?? [];
}

function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',');
}

/** The whole body is its text, also when it is no JSON; a path needs JSON. */
function requestBody(rest: string): Read {
  if (rest === '') return ({ exchange }) => exchange.request.body.text;
  const path = compileJsonPath(`$${rest}`);
  return ({ exchange }) => textOf(path.read(exchange.request.body.json));
}

function answerBody(rest: string): Read {
  if (rest === '') return ({ answer }) => answer?.body.text;
  const path = compileJsonPath(`$${rest}`);
  return ({ answer }) => textOf(path.read(answer?.body.json));
}

function answerHeader(name: string): Read {
  const wanted = name.toLowerCase();
  return ({ answer }) =>
    Object.entries(answer?.headers ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function context(name: string): Read {
  const variable = contextVariable(name);
  if (variable?.templates !== true) throw new DefinitionError(`unknown variable context.${name}`);
  return ({ exchange }) => variable.read(exchange)?.toString();
}

function own(map: StringMap, name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** JSON that is longer maps to nothing: no header or query can hold it. */
const PARAMETER_CHARACTERS = 262_144;

/** Texts as they are, everything else as JSON; null and what is missing give nothing. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : boundedJson(value, PARAMETER_CHARACTERS);
}
