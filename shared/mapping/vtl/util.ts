// `$util`: what API Gateway gives templates for escaping and encoding.
import { TemplateError } from './limits.ts';
import { printValue } from './print.ts';
import { HOST, type BoundMethod, type HostObject, type Value } from './values.ts';

const METHODS: ReadonlyMap<string, BoundMethod> = new Map<string, BoundMethod>([
  ['escapeJavaScript', text((value) => escapeJavaScript(value))],
  ['parseJson', text((value) => parseJson(value))],
  ['urlEncode', text((value) => urlEncode(value))],
  ['urlDecode', text((value) => urlDecode(value))],
  ['base64Encode', text((value) => Buffer.from(value, 'utf8').toString('base64'))],
  ['base64Decode', text((value) => Buffer.from(value, 'base64').toString('utf8'))],
]);

/** The object; it has no state. */
export const UTIL: HostObject = {
  [HOST]: true,
  get: () => undefined,
  method: (name) => METHODS.get(name),
  print: () => '',
};

/** A method of one text; null is the empty text. Text results count against the limits. */
function text(compute: (value: string) => Value): BoundMethod {
  return (run, args) => {
    const value = printValue(run, args[0]);
    run.size(value.length);
    const result = compute(value);
    return typeof result === 'string' ? run.checked(result) : result;
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\n': '\\n',
  '\t': '\\t',
  '\f': '\\f',
  '\r': '\\r',
  "'": "\\'",
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
};

/** As Java's commons-lang does it, single quotes and slashes included. */
function escapeJavaScript(value: string): string {
  return value.replace(/[^ !#-&(-.0-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return ESCAPES[character] ?? `\\u${code}`;
  });
}

function parseJson(value: string): Value {
  try {
    return JSON.parse(value) as Value;
  } catch (error) {
    throw new TemplateError('$util.parseJson: the text is not JSON', { cause: error });
  }
}

/** Java's form encoding: letters, digits and `.-*_` stay, a space is `+`. */
function urlEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function urlDecode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch (error) {
    throw new TemplateError('$util.urlDecode: an escape is invalid', { cause: error });
  }
}
