// JSON lines: one value, one line, for every reader of lines.

/**
 * `value` as JSON with a line feed. U+2028 and U+2029, which JSON lets stand in texts, are escaped: readers of lines
 * (Node's `readline` is one) take them for the end of a line.
 */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `${/[\u2028\u2029]/.test(text) ? escaped(text) : text}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
