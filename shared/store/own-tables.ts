// The node's own tables, as requests to DynamoDB may name them: nobody else is to read or change them.
import { tableNames } from './dynamodb-tables.ts';

/** The tables of a node, and by what its embedded database knows the node itself. */
export interface OwnTables {
  readonly names: readonly string[];
  /** `x-amz-security-token` of requests that may touch them. */
  readonly token: string;
}

/** The names of the node's tables under `prefix`. */
export function ownTableNames(prefix: string): readonly string[] {
  const { resources, connections } = tableNames(prefix);
  return [resources, connections];
}

/** What a request with an own table in it is told; the type and text of IAM's refusals. */
export const OWN_TABLE_REFUSAL = {
  type: 'AccessDeniedException',
  message: 'The table belongs to the gateway itself and is not among the tables of its account',
} as const;

/** Members that hold the name or the ARN of a table, in any operation and however they are spelt. */
const NAMING = /(?:tablename|arn)$/i;
/** PartiQL. */
const STATEMENT = /^statement$/i;
const BY_TABLE = /^requestitems$/i;
const ARN = /^arn:.*?:table\/([^/]+)/is;
const OPENING_BRACE = 0x7b;
const BLANK: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** Whether `input`, a request's JSON, names one of the tables `names`, by its name or its ARN, or in a statement. */
export function namesOwnTable(input: unknown, names: readonly string[]): boolean {
  return names.length > 0 && isNamedIn(input, '', names);
}

/**
 * What of `body` may be sent to a database on behalf of others: `own` when it names an own table, `unreadable` when
 * that cannot be told because it is no JSON. A body that could be read in two ways is returned written anew.
 */
export function foreignBody(
  body: Uint8Array,
  names: readonly string[],
): Uint8Array | 'own' | 'unreadable' {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0 || (isPlain(bytes) && !mayName(bytes, names))) return body;
  const input = parsed(bytes);
  if (input === undefined) return 'unreadable';
  return namesOwnTable(input, names) ? 'own' : Buffer.from(JSON.stringify(input));
}

/** The answer to `ListTables` without the own tables; any other answer as it is. */
export function foreignAnswer(body: Buffer, names: readonly string[]): Buffer {
  if (!mayName(body, names)) return body;
  const answer = parsed(body);
  const { TableNames: listed } = (answer ?? {}) as { readonly TableNames?: unknown };
  if (!Array.isArray(listed)) return body;
  const kept = (listed as unknown[]).filter((name) => !names.includes(String(name)));
  return Buffer.from(JSON.stringify({ ...answer, TableNames: kept }));
}

function isNamedIn(value: unknown, member: string, names: readonly string[]): boolean {
  if (typeof value === 'string') return isText(value, member, names);
  if (Array.isArray(value)) return value.some((entry) => isNamedIn(entry, member, names));
  if (typeof value !== 'object' || value === null) return false;
  const byTable = BY_TABLE.test(member);
  return Object.entries(value).some(
    ([name, entry]) => (byTable && isOwn(name, names)) || isNamedIn(entry, name, names),
  );
}

/** Attributes' names and values are never such texts: values are maps by type, placeholders begin with `#`. */
function isText(text: string, member: string, names: readonly string[]): boolean {
  if (STATEMENT.test(member)) {
    const statement = text.toLowerCase();
    return names.some((name) => statement.includes(name.toLowerCase()));
  }
  return NAMING.test(member) && !member.startsWith('#') && isOwn(text, names);
}

function isOwn(table: string, names: readonly string[]): boolean {
  return names.includes(ARN.exec(table)?.[1] ?? table);
}

/** UTF-8 JSON for every reader: other encodings and formats begin otherwise or have zeros in them. */
function isPlain(bytes: Buffer): boolean {
  const first = bytes.find((byte) => !BLANK.has(byte));
  return first === OPENING_BRACE && !bytes.includes(0);
}

/** Whether it is worth reading; a name may be written with escapes, a statement in other letters. */
function mayName(bytes: Buffer, names: readonly string[]): boolean {
  if (bytes.includes('\\u') || bytes.includes('tatement')) return true;
  return names.some((name) => bytes.includes(name));
}

function parsed(bytes: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
