// Zip archives of function code: the entries of a central directory, checked before anything is written.
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import { promisify } from 'node:util';

/** An archive that cannot be used; the message is for the user. */
export class ArchiveError extends Error {}

/** One file of an archive. */
export interface ArchiveEntry {
  /** Relative path with `/`; never absolute, without `.` and `..`. */
  readonly path: string;
  readonly kind: 'file' | 'link';
  /** Permission bits; 0 when the archive has none. */
  readonly mode: number;
  readonly size: number;
  /** The entry's content; a link's target. Rejects with `ArchiveError`. */
  content(): Promise<Buffer>;
}

/** AWS: "Unzipped size must be smaller than 262144000 bytes". */
export const UNZIPPED_BYTES = 262_144_000;

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const COMMENT_BYTES = 65_535;
/** File types of Unix modes. */
const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;
/** Entries from here on are inflated off the main thread. */
const LARGE = 262_144;

const inflateAside = promisify(inflateRaw);

const UNREADABLE =
  'Could not unzip uploaded file. Please check your file, then try to upload again.';

/** The files of a zip (folders are implied). Throws `ArchiveError` for what is no zip, escapes its root or is too big. */
export function readArchive(zip: Buffer): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const seen = new Set<string>();
  let total = 0;
  for (const header of centralHeaders(zip)) {
    if (header.name.endsWith('/')) continue;
    const entry = entryOf(zip, header);
    total += entry.size;
    if (total > UNZIPPED_BYTES) {
      throw new ArchiveError(`Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`);
    }
    if (seen.has(entry.path)) continue;
    seen.add(entry.path);
    entries.push(entry);
  }
  refuseFilesBelowLinks(entries);
  return entries;
}

interface Header {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly mode: number;
  readonly offset: number;
}

function* centralHeaders(zip: Buffer): Generator<Header> {
  const end = findEnd(zip);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== CENTRAL)
      throw new ArchiveError(UNREADABLE);
    const nameBytes = zip.readUInt16LE(at + 28);
    yield {
      name: zip.toString('utf8', at + 46, at + 46 + nameBytes),
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packed: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      mode: zip.readUInt16LE(at + 40),
      offset: zip.readUInt32LE(at + 42),
    };
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

/** Position of the end record; it is last but for a comment. */
function findEnd(zip: Buffer): number {
  const first = Math.max(0, zip.length - END_BYTES - COMMENT_BYTES);
  for (let at = zip.length - END_BYTES; at >= first; at--) {
    if (zip.readUInt32LE(at) === END) return at;
  }
  throw new ArchiveError(UNREADABLE);
}

function entryOf(zip: Buffer, header: Header): ArchiveEntry {
  const { method, flags, size } = header;
  const encrypted = (flags & 1) !== 0;
  if (encrypted || (method !== 0 && method !== 8)) throw new ArchiveError(UNREADABLE);
  return {
    path: safePath(header.name),
    kind: (header.mode & S_IFMT) === S_IFLNK ? 'link' : 'file',
    mode: header.mode & 0o777,
    size,
    content: () => contentOf(zip, header),
  };
}

/** The name as a path inside the root; names that lead out of it are refused, not repaired. */
function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const odd = name.startsWith('/') || name.includes('\\') || name.includes('\0');
  if (odd || parts.length === 0 || parts.includes('..')) throw new ArchiveError(UNREADABLE);
  return parts.join('/');
}

async function contentOf(zip: Buffer, header: Header): Promise<Buffer> {
  const { offset, packed, size, method } = header;
  if (offset + 30 > zip.length || zip.readUInt32LE(offset) !== LOCAL) {
    throw new ArchiveError(UNREADABLE);
  }
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const bytes = zip.subarray(start, start + packed);
  const content = method === 0 ? bytes : await inflate(bytes, size);
  if (content.length !== size || crc32(content) !== header.crc) throw new ArchiveError(UNREADABLE);
  return content;
}

async function inflate(bytes: Buffer, size: number): Promise<Buffer> {
  // Never more than the archive said, and was counted for.
  const options = { maxOutputLength: Math.max(size, 1) };
  try {
    return size < LARGE ? inflateRawSync(bytes, options) : await inflateAside(bytes, options);
  } catch (error) {
    throw new ArchiveError(UNREADABLE, { cause: error });
  }
}

/** Writing through a link could leave the root. */
function refuseFilesBelowLinks(entries: readonly ArchiveEntry[]): void {
  const links = new Set(entries.filter(({ kind }) => kind === 'link').map(({ path }) => path));
  if (links.size === 0) return;
  for (const { path } of entries) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      if (links.has(parts.slice(0, depth).join('/'))) throw new ArchiveError(UNREADABLE);
    }
  }
}
