// The text AWS prints for JSON values outside templates: Java's `toString` of strings, numbers, lists and maps.

/** Values nested deeper print as `...`; keeps hostile documents from exhausting the stack. */
export const JAVA_TEXT_DEPTH = 256;

/**
 * Lists and maps print no more characters than this and then `...`: longer than any key they are compared with, and
 * little enough that a small message which names the same values over and over (`$..*`) cannot keep the node busy.
 */
export const JAVA_TEXT_CHARACTERS = 16_384;

/**
 * `value` as text: nothing for null and missing values, lists as `[a, b]`, maps as `{k=v}`, the rest as in JSON.
 * AWS documents lists (websocket-api-develop-routes); the texts of maps and null are Java's (docs/parity.md).
 */
export function javaText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return scalar(value);
  const out = { text: '' };
  write(value, 0, out);
  if (out.text.length <= JAVA_TEXT_CHARACTERS) return out.text;
  return `${out.text.slice(0, JAVA_TEXT_CHARACTERS)}...`;
}

interface Out {
  text: string;
}

/** Appends the text of a value within a list or map, until `out` is full; false when it is. */
function write(value: unknown, depth: number, out: Out): boolean {
  if (typeof value === 'string') out.text += value.slice(0, JAVA_TEXT_CHARACTERS + 1);
  else if (value === null || value === undefined) out.text += 'null';
  else if (typeof value !== 'object') out.text += scalar(value);
  else if (depth >= JAVA_TEXT_DEPTH) out.text += '...';
  else if (Array.isArray(value)) writeList(value, depth + 1, out);
  else writeMap(value as Record<string, unknown>, depth + 1, out);
  return out.text.length <= JAVA_TEXT_CHARACTERS;
}

function writeList(items: readonly unknown[], depth: number, out: Out): void {
  let before = '[';
  for (const item of items) {
    out.text += before;
    if (!write(item, depth, out)) return;
    before = ', ';
  }
  out.text += before === '[' ? '[]' : ']';
}

function writeMap(map: Readonly<Record<string, unknown>>, depth: number, out: Out): void {
  let before = '{';
  for (const key of Object.keys(map)) {
    out.text += `${before}${key}=`;
    if (!write(map[key], depth, out)) return;
    before = ', ';
  }
  out.text += before === '{' ? '{}' : '}';
}

/** Java writes doubles as `1.0E10`; JSON numbers of JavaScript keep their own shortest form. */
function scalar(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? value.toString()
    : '';
}
