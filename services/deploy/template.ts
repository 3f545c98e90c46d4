// Reads a template's text, YAML with CloudFormation's short tags or JSON, into plain JSON with the position of every value.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, ParsedNode } from 'yaml';
import { child, Faults, TemplateError } from './faults.ts';
import type { Position, Positions } from './faults.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** Largest template text; AWS: CloudFormation quotas, template body in an S3 object. */
export const MAX_TEMPLATE_BYTES = 1024 * 1024;

/** Values a template may have once its aliases are written out; bounds alias bombs. */
const MAX_VALUES = 100_000;

/** A template's document in the long form of every intrinsic function. */
export interface ParsedTemplate {
  readonly file: string;
  readonly root: JsonObject;
  readonly positions: Positions;
}

const TOO_DEEP = 'the template is nested too deeply';

/** Short tags whose long form is not `Fn::` and the tag's name. */
const PLAIN_TAGS: ReadonlySet<string> = new Set(['Ref', 'Condition']);

/** Tags of YAML itself; they say what a value is anyway. */
const YAML_TAG = /^tag:yaml\.org,2002:/;

/**
 * Parses `text`, the content of `file`. JSON is read by the same parser: it is YAML, and so has positions too.
 * Throws `TemplateError` with every fault of syntax, keys, tags and size.
 */
export function parseTemplate(text: string, file: string): ParsedTemplate {
  if (Buffer.byteLength(text) > MAX_TEMPLATE_BYTES) {
    throw new TemplateError(file, [
      { path: '', message: `the template is larger than ${MAX_TEMPLATE_BYTES} bytes` },
    ]);
  }
  const lines = new LineCounter();
  const document = compose(text, file, lines);
  throwSyntaxFaults(document, file);
  const places = new Map<string, Position>();
  const positions: Positions = { at: (path) => nearest(places, path) };
  const faults = new Faults(file, positions);
  const reader = new Reader(document, lines, { places, faults });
  const root = reader.read(document.contents, '');
  if (faults.size === 0 && !isObject(root)) faults.add('', 'a template must be a map of sections');
  faults.throwIfAny();
  return { file, root: root as JsonObject, positions };
}

/** The parser recurses: nesting without end must be a fault, not a crash. */
function compose(text: string, file: string, lines: LineCounter): Document<ParsedNode> {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: true,
      version: '1.2',
      schema: 'core',
      logLevel: 'silent',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError(file, [{ path: '', message: TOO_DEEP }], { cause: error });
  }
}

function throwSyntaxFaults(document: Document<ParsedNode>, file: string): void {
  if (document.errors.length === 0) return;
  if (document.errors.some(({ message }) => message.includes('call stack'))) {
    throw new TemplateError(file, [{ path: '', message: TOO_DEEP }]);
  }
  const faults = document.errors.map(({ message, linePos }) => ({
    path: '',
    message: message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message,
    ...(linePos === undefined
      ? {}
      : { position: { line: linePos[0].line, column: linePos[0].col } }),
  }));
  throw new TemplateError(file, faults);
}

function nearest(places: ReadonlyMap<string, Position>, path: string): Position | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('[')))) {
    const place = places.get(at);
    if (place !== undefined) return place;
    if (!/[.[]/.test(at)) return undefined;
  }
}

interface Findings {
  readonly places: Map<string, Position>;
  readonly faults: Faults;
}

/** Walks the syntax tree once. */
class Reader {
  readonly #document: Document<ParsedNode>;
  readonly #lines: LineCounter;
  readonly #found: Findings;
  #values = 0;

  constructor(document: Document<ParsedNode>, lines: LineCounter, found: Findings) {
    this.#document = document;
    this.#lines = lines;
    this.#found = found;
  }

  read(node: unknown, path: string): Json {
    if (++this.#values > MAX_VALUES) {
      if (this.#values === MAX_VALUES + 1) {
        this.#found.faults.add('', `the template has more than ${MAX_VALUES} values`);
      }
      return null;
    }
    if (isAlias(node)) return this.#alias(node.resolve(this.#document), path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    this.#place(node, path);
    const tag = shortTag(node.tag);
    if (tag === undefined) return this.#plain(node, path);
    const name = PLAIN_TAGS.has(tag) ? tag : `Fn::${tag}`;
    const inner = this.#plain(node, child(path, name), true);
    return bare({ [name]: name === 'Fn::GetAtt' ? attributeOf(inner) : inner });
  }

  /** An alias inside its own anchor would never end; it resolves to a node that is being read. */
  readonly #open = new Set<Node>();

  #alias(target: Node | undefined, path: string): Json {
    if (target !== undefined && !this.#open.has(target)) return this.read(target, path);
    this.#found.faults.add(path, 'an alias refers to itself or to no anchor');
    return null;
  }

  #plain(node: Node, path: string, tagged = false): Json {
    if (isScalar(node)) return scalarValue(node, tagged);
    this.#open.add(node);
    const value = isSeq(node)
      ? node.items.map((item, at) => this.read(item, child(path, at)))
      : this.#map(isMap(node) ? node.items : [], path);
    this.#open.delete(node);
    return value;
  }

  #map(pairs: readonly Pair[], path: string): JsonObject {
    const result: Record<string, Json> = bare({});
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined;
      if (name === undefined || name === '<<' || name === '__proto__') {
        this.#found.faults.add(path, `the key ${name ?? 'of this pair'} is not allowed`);
        continue;
      }
      const place = child(path, name);
      if (isScalar(key)) this.#place(key, place);
      const position = this.#found.places.get(place);
      result[name] = this.read(value, place);
      if (position !== undefined) this.#found.places.set(place, position);
    }
    return result;
  }

  #place(node: Node, path: string): void {
    const offset = node.range?.[0];
    if (offset === undefined) return;
    const { line, col } = this.#lines.linePos(offset);
    this.#found.places.set(path, { line, column: col });
  }
}

function shortTag(tag: string | undefined): string | undefined {
  if (tag === undefined || YAML_TAG.test(tag)) return undefined;
  return tag.replace(/^!+/, '');
}

/** Numbers that lose their text (account ids, leading zeros) stay text, as CloudFormation passes them on. */
function scalarValue(node: { value: unknown; source?: string }, tagged: boolean): Json {
  const { value, source } = node;
  if (value === null || value === undefined) return tagged ? (source ?? '') : null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value !== 'number') return source ?? '';
  const exact = Number.isSafeInteger(value) || !Number.isInteger(value);
  const readable = source === undefined || !/^[-+]?0\d/.test(source);
  return exact && readable ? value : (source ?? String(value));
}

/** `!GetAtt Name.Attr.Sub` → `[Name, Attr.Sub]`. */
function attributeOf(value: Json): Json {
  if (typeof value !== 'string') return value;
  const dot = value.indexOf('.');
  return dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
}

function bare(members: Record<string, Json>): Record<string, Json> {
  return Object.assign(Object.create(null) as Record<string, Json>, members);
}
