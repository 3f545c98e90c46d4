// `$input`: the body and the parameters of what a template maps.
import type { Body } from '#shared/model/exchange.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { boundedJson } from '../bounded-json.ts';
import { compileJsonPath, JSON_PATH_LIMITS, type JsonPath } from '../json-path/path.ts';
import { TemplateError } from './limits.ts';
import { jsonText, printValue } from './print.ts';
import type { Run } from './run.ts';
import {
  Double,
  doubleOf,
  HOST,
  isMap,
  mapGet,
  type BoundMethod,
  type HostObject,
  type Value,
  type ValueMap,
} from './values.ts';

/** What `$input` reads. */
export interface InputSource {
  readonly body: Body;
  /** `$input.params()`: maps `path`, `querystring` and `header`; computed when first asked for. */
  params(): ValueMap;
}

/** Values of a document that a path visits for one step. */
const VISITS_PER_STEP = 8;
const KEPT_PATHS = 512;
const keptPaths = new Map<string, JsonPath>();

/** Order in which `$input.params('x')` looks. */
const PARAMETER_PLACES = ['path', 'querystring', 'header'];

/** The object of one rendering. */
export class Input implements HostObject {
  readonly [HOST] = true;
  readonly #source: InputSource;
  #document: Value;
  #hasDocument = false;

  constructor(source: InputSource) {
    this.#source = source;
  }

  /** `$input.body`: an empty body reads as `{}`. */
  get(name: string): Value {
    if (name !== 'body') return undefined;
    const { text } = this.#source.body;
    return text === '' ? '{}' : text;
  }

  method(name: string): BoundMethod | undefined {
    switch (name) {
      case 'path':
        return (run, args) => this.#find(run, args);
      case 'json':
        return (run, args) => this.#json(run, args);
      case 'params':
        return (run, args) => this.#params(run, args);
      default:
        return undefined;
    }
  }

  print(): string {
    return '';
  }

  #find(run: Run, args: readonly Value[]): Value {
    const path = pathOf(printValue(run, args[0] ?? '$'));
    const budget = { left: JSON_PATH_LIMITS.visits };
    const found = path.read(this.#parsed(run), budget) as Value;
    if (budget.left < 0) throw new TemplateError(`${path.text} visits too many values`);
    run.step(Math.floor((JSON_PATH_LIMITS.visits - budget.left) / VISITS_PER_STEP));
    return path.isDouble && typeof found === 'number' ? doubleOf(found) : found;
  }

  /**
   * JSON text of what is found; nothing found is the empty text in quotes. What no template changes is JSON's own and
   * can go through the engine's writer.
   */
  #json(run: Run, args: readonly Value[]): string {
    const found = this.#find(run, args);
    if (found === undefined) return '""';
    if (run.ownsDocument || found instanceof Double) return jsonText(run, found);
    const text = boundedJson(found, run.limits.output);
    if (text !== undefined) return run.checked(text);
    throw new TemplateError('what $input.json finds is too long or nested too deep');
  }

  #params(run: Run, args: readonly Value[]): Value {
    const params = this.#source.params();
    if (args.length === 0) return params;
    const name = printValue(run, args[0]);
    for (const place of PARAMETER_PLACES) {
      const map = mapGet(params, place);
      const value = isMap(map) ? mapGet(map, name) : undefined;
      if (value !== undefined) return value;
    }
    return '';
  }

  #parsed(run: Run): Value {
    const { body } = this.#source;
    if (!run.ownsDocument) return body.json as Value;
    if (!this.#hasDocument) {
      this.#hasDocument = true;
      this.#document = body.json === undefined ? undefined : (JSON.parse(body.text) as Value);
    }
    return this.#document;
  }
}

/** Compiled paths are kept: most are constants of a template, some are put together while it renders. */
function pathOf(text: string): JsonPath {
  const known = keptPaths.get(text);
  if (known !== undefined) return known;
  const path = compile(text.startsWith('$') ? text : `$.${text}`);
  if (keptPaths.size >= KEPT_PATHS) keptPaths.clear();
  keptPaths.set(text, path);
  return path;
}

function compile(text: string): JsonPath {
  try {
    return compileJsonPath(text, { filters: true });
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new TemplateError(error.message, { cause: error });
  }
}
