// Reading the headers of a request, which lie as they came: names and values alternating.

/** Values of the header `name` in the order received; names are compared without case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}

/**
 * All headers as a multi-value map: names compared without case keep the casing of their first appearance.
 * `except` names lower-case headers to leave out.
 */
export function headerMap(
  rawHeaders: readonly string[],
  except: ReadonlySet<string> = new Set(),
): Map<string, string[]> {
  const casing = new Map<string, string>();
  const map = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (except.has(lower)) continue;
    const known = casing.get(lower);
    casing.set(lower, known ?? name);
    append(map, known ?? name, rawHeaders[at + 1] ?? '');
  }
  return map;
}

function append(map: Map<string, string[]>, name: string, value: string): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}
