// The text AWS prints for JSON values outside templates: Java's `toString` of strings, numbers, lists and maps.

/** Values nested deeper print as `...`; keeps hostile documents from exhausting the stack. */
export const JAVA_TEXT_DEPTH = 256;

/**
 * `value` as text: nothing for null and missing values, lists as `[a, b]`, maps as `{k=v}`, the rest as in JSON.
 * AWS documents lists (websocket-api-develop-routes); the texts of maps and null are Java's (docs/parity.md).
 */
export function javaText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : nested(value, 0);
}

function nested(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return scalar(value);
  if (depth >= JAVA_TEXT_DEPTH) return '...';
  if (Array.isArray(value)) return `[${value.map((item) => nested(item, depth + 1)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${key}=${nested(item, depth + 1)}`);
  return `{${pairs.join(', ')}}`;
}

/** Java writes doubles as `1.0E10`; JSON numbers of JavaScript keep their own shortest form. */
function scalar(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? value.toString()
    : '';
}
