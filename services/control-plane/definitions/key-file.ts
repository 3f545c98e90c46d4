// The CSV file of API keys: a header in any order and casing, fields in double or single quotes (AWS guide: api-key-file-format).

/** One key of a file; absent and empty fields are not there. */
export interface KeyRow {
  /** Line in the file, counted from 1. */
  readonly line: number;
  readonly name?: string;
  readonly key?: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly planIds: readonly string[];
}

/** The rows of a file, or what keeps it from being read. */
export type KeyFile =
  { readonly rows: readonly KeyRow[]; readonly fault?: undefined } | { readonly fault: string };

/** Reads a file; unknown columns are ignored, blanks around fields and empty lines do not count. */
export function parseKeyFile(text: string): KeyFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const [header = '', ...rest] = lines;
  const columns = fieldsOf(header).map((name) => name.toLowerCase());
  const lacking = ['name', 'key'].find((name) => !columns.includes(name));
  if (lacking !== undefined) return { fault: `The header row has no column ${lacking}` };
  const rows = rest.flatMap((content, index) =>
    content.trim() === '' ? [] : [rowOf(columns, fieldsOf(content), index + 2)],
  );
  return { rows };
}

function rowOf(columns: readonly string[], fields: readonly string[], line: number): KeyRow {
  const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
  const [name, key, description] = [field('name'), field('key'), field('description')];
  const ids = field('usageplanids').split(',');
  return {
    line,
    ...(name !== '' && { name }),
    ...(key !== '' && { key }),
    ...(description !== '' && { description }),
    enabled: field('enabled') === '' || field('enabled').toLowerCase() === 'true',
    planIds: ids.map((id) => id.trim()).filter((id) => id !== ''),
  };
}

/** The fields of a line. A quote inside quotes is written twice; one that is not closed ends with the line. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const [field, end] = fieldAt(line, at);
    fields.push(field);
    if (end >= line.length) return fields;
    at = end + 1;
  }
}

/** The field that begins at `from`, and where its comma is, or the line's end. */
function fieldAt(line: string, from: number): [string, number] {
  const start = from + (/^\s*/.exec(line.slice(from))?.[0].length ?? 0);
  const quote = line.charAt(start);
  if (quote !== '"' && quote !== "'") return plainField(line, start);
  let text = '';
  let at = start + 1;
  for (; at < line.length; at++) {
    if (line.charAt(at) !== quote) text += line.charAt(at);
    else if (line.charAt(at + 1) === quote) text += line.charAt(at++);
    else break;
  }
  return [text.trim(), plainField(line, at)[1]];
}

function plainField(line: string, start: number): [string, number] {
  const comma = line.indexOf(',', start);
  const end = comma < 0 ? line.length : comma;
  return [line.slice(start, end).trim(), end];
}
