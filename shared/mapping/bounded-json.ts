// JSON text of what a path has found, which may name the same values many times over, within a bound.

/**
 * JSON of `value`, which came from JSON; `undefined` when that is longer than `most` characters or nested too deep to
 * write. Items of a list are written one by one, so that a list of big values which are all the same one (`$..*`)
 * stops soon.
 */
export function boundedJson(value: unknown, most: number): string | undefined {
  if (!Array.isArray(value)) return whole(value, most);
  const items: string[] = [];
  let length = 1;
  for (const item of value) {
    const text = whole(item, most);
    if (text === undefined) return undefined;
    length += text.length + 1;
    if (length > most) return undefined;
    items.push(text);
  }
  return most < 2 ? undefined : `[${items.join(',')}]`;
}

function whole(value: unknown, most: number): string | undefined {
  try {
    const text = JSON.stringify(value);
    return text.length > most ? undefined : text;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested deeper than the engine's stack
    throw error;
  }
}
