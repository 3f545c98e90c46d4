// JSON from the wire → typed input: every value is checked against its shape, unknown members are ignored as AWS does.
import { constraintFault, pathName, serializationError } from './input-faults.ts';
import type { Member, Shape, TimestampFormat } from './shape.ts';
import { parseTimestamp } from './timestamp.ts';

/** Deepest nesting accepted; the framework's own JSON reader stops there too. */
const MAX_DEPTH = 1000;
/** Deepest value that the walk follows: only recursive shapes could go so far. */
const MAX_WALK = 64;

type Json = Readonly<Record<string, unknown>>;

/** Parses a body; 400 for broken UTF-8, broken JSON, too deep nesting and everything that is not an object. */
export function parseObject(body: Uint8Array): Json {
  const value = parse(body);
  if (Array.isArray(value)) throw serializationError('Start of list found where not expected');
  if (typeof value !== 'object' || value === null)
    throw serializationError('Unexpected field type');
  return value as Json;
}

function parse(body: Uint8Array): unknown {
  if (nesting(body) > MAX_DEPTH) {
    throw serializationError(`JSON is nested deeper than ${MAX_DEPTH} levels`);
  }
  try {
    return JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw serializationError('Could not parse request body into json');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Depth of brackets outside of strings. */
function nesting(body: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) at = stringEnd(body, at);
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return deepest;
}

/** Strings shorter than this are walked; longer ones may be megabytes of base64, which `indexOf` skips fast. */
const SHORT_STRING = 64;

function stringEnd(body: Uint8Array, start: number): number {
  const short = Math.min(body.length, start + SHORT_STRING);
  let at = start + 1;
  for (; at < short; at++) {
    if (body[at] === BACKSLASH) at++;
    else if (body[at] === QUOTE) return at;
  }
  return longStringEnd(body, at);
}

/** End of a string from its byte `from` on, which is not escaped. */
function longStringEnd(body: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    at = body.indexOf(QUOTE, at);
    if (at < 0) return body.length;
    let slashes = 0;
    while (at - slashes > from && body[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/** Reads typed values and gathers what is missing in them. */
export class JsonReader {
  /** Violated constraints so far. */
  readonly faults: string[] = [];
  #depth = 0;

  /** The members of a structure that `json` has; required ones that it lacks become faults. `path` is that of the parent. */
  members(members: readonly Member[], json: Json, path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const member of members) {
      const value = Object.hasOwn(json, member.wireName) ? json[member.wireName] : undefined;
      const place = join(path, pathName(member.name));
      if (value !== undefined && value !== null) {
        result[member.name] = this.value(member.shape, value, place);
      } else if (member.required) {
        this.faults.push(constraintFault('null', place, 'Member must not be null'));
      }
    }
    return result;
  }

  /** One value; throws 400 SerializationException when it has another kind than `shape`. */
  value(shape: Shape, value: unknown, path: string): unknown {
    if (this.#depth > MAX_WALK) throw serializationError('Unexpected field type');
    this.#depth++;
    const result = this.#value(shape, value, path);
    this.#depth--;
    return result;
  }

  #value(shape: Shape, value: unknown, path: string): unknown {
    switch (shape.kind) {
      case 'structure':
        return this.members(shape.members, object(value), path);
      case 'list':
        return this.#list(shape.member, value, path);
      case 'map':
        return this.#map(shape.value, value, path);
      default:
        return scalar(shape, value);
    }
  }

  #list(member: Shape, value: unknown, path: string): unknown[] {
    if (!Array.isArray(value)) throw wrongCollection(value);
    return value.map((item, index) => {
      const place = `${path}.${index + 1}.member`;
      if (item !== null) return this.value(member, item, place);
      this.faults.push(constraintFault('null', place, 'Member must not be null'));
      return undefined;
    });
  }

  #map(shape: Shape, value: unknown, path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(object(value))) {
      checkKey(key);
      if (item !== null) result[key] = this.value(shape, item, `${path}.${key}.member`);
    }
    return result;
  }
}

/** A key that could become a prototype is refused, so that no handler has to think of it. */
export function checkKey(key: string): void {
  if (key === '__proto__') throw serializationError("'__proto__' is not allowed as a key");
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function object(value: unknown): Json {
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongCollection(value);
  return value as Json;
}

function wrongCollection(value: unknown): Error {
  if (Array.isArray(value)) return serializationError('Start of list found where not expected');
  if (typeof value !== 'object') return serializationError('Unexpected field type');
  return serializationError('Start of structure or map found where not expected');
}

const JAVA_TARGETS = {
  string: 'String',
  boolean: 'Boolean',
  number: 'Integer',
  blob: 'Blob',
  timestamp: 'Date',
} as const;

type ScalarShape = Exclude<Shape, { readonly kind: 'structure' | 'list' | 'map' }>;

function scalar(shape: ScalarShape, value: unknown): unknown {
  if (shape.kind === 'document') return value;
  if (typeof value === 'object') throw wrongCollection(value);
  if (shape.kind === 'blob' && typeof value === 'string') return fromBase64(value);
  if (shape.kind === 'timestamp') return timestamp(shape.format, value);
  if (typeof value === shape.kind) return value;
  throw notConvertible(value, JAVA_TARGETS[shape.kind]);
}

function timestamp(format: TimestampFormat | undefined, value: unknown): Date {
  const date =
    typeof value === 'string' || typeof value === 'number'
      ? parseTimestamp(value, format ?? 'epoch-seconds')
      : undefined;
  if (date === undefined) throw notConvertible(value, JAVA_TARGETS.timestamp);
  return date;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(text: string): Buffer {
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
    throw serializationError('Invalid Base64 encoding of a blob');
  }
  return Buffer.from(text, 'base64');
}

const JAVA_SOURCES: Readonly<Record<string, string>> = {
  boolean: 'java.lang.Boolean',
  number: 'com.amazon.coral.value.json.numbers.TruncatingBigNumber',
  string: 'java.lang.String',
};

/** Captured from API Gateway: `class java.lang.Boolean can not be converted to an String`. */
export function notConvertible(value: unknown, target: string): Error {
  const source = JAVA_SOURCES[typeof value] ?? 'java.lang.Object';
  return serializationError(`class ${source} can not be converted to an ${target}`);
}
