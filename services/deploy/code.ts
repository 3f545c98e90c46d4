// The code of functions: a folder, a zip file or inline text of the template, as a zip archive and as a hash of its content.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { zip } from 'fflate';
import { readFolder } from './code-folder.ts';
import type { CodeFile } from './code-folder.ts';
import { isObject, kindOf } from './json.ts';
import type { Json } from './json.ts';
import type { CheckContext } from './resources/resource-type.ts';
import { isMap, Later } from './value.ts';
import type { Value } from './value.ts';

/** AWS Lambda quotas: direct upload of a zip, and its content unpacked. */
export const MAX_ZIP_BYTES = 50 * 1024 * 1024;

/** Code ready to be sent: either an archive as it is, or files to pack. */
export type Code =
  | { readonly hash: string; readonly archive: Buffer }
  | { readonly hash: string; readonly files: readonly CodeFile[] };

/** Names of inline code's file by runtime. AWS: AWS::Lambda::Function Code, which says `.js`, so CommonJS, for Node.js. */
const INLINE_FILE = 'index.js';

/** Reports what is wrong with a Code property before anything is made: its shape, its path, its runtime. */
export function checkCode(
  code: Value | undefined,
  runtime: Value | undefined,
  context: CheckContext,
): void {
  const { faults, path, folder, written = {} } = context;
  const name = written['Code'] ?? 'Code';
  const place = `${path}.${name}`;
  if (code === undefined || code instanceof Later) return;
  if (typeof runtime === 'string' && !runtime.startsWith('nodejs')) {
    faults.add(`${path}.Runtime`, `the runtime ${runtime} is not supported, Node.js runtimes are`);
  }
  if (typeof code === 'string') return checkPath(code, place, { ...context, folder });
  if (!isMap(code)) return faults.add(place, `must be a path or a map, not ${kindOf(code)}`);
  if (code['S3Bucket'] !== undefined || code['S3Key'] !== undefined) {
    return faults.add(place, 'code in S3 cannot be fetched: give a local path');
  }
  if (code['ImageUri'] !== undefined) {
    return faults.add(place, 'functions from container images are not supported');
  }
  const text = code['ZipFile'];
  if (text === undefined) faults.add(place, 'needs a local path, or ZipFile with the code itself');
  else if (typeof text !== 'string' && !(text instanceof Later)) {
    faults.add(
      place,
      `${name === 'InlineCode' ? name : 'ZipFile'} must be the code as a string, not ${kindOf(text)}`,
    );
  }
}

function checkPath(code: string, place: string, { faults, folder, say }: CheckContext): void {
  if (code.startsWith('s3://')) {
    return faults.add(place, 'code in S3 cannot be fetched: give a local path');
  }
  const path = resolve(folder, code);
  if (!existsSync(path)) return faults.add(place, `there is no file or folder ${path}`);
  if (existsSync(join(path, 'package.json')) && !existsSync(join(path, 'node_modules'))) {
    say(
      `${code} has a package.json but no node_modules: run npm install there if it needs packages.`,
    );
  }
}

/** Reads the code named by a Code property. The hash depends on paths and contents only, not on dates. */
export async function loadCode(code: Json, folder: string): Promise<Code> {
  if (typeof code === 'string') return loadPath(resolve(folder, code));
  const text = isObject(code) ? code['ZipFile'] : undefined;
  const bytes = Buffer.from(typeof text === 'string' ? text : '');
  return filesCode([{ path: INLINE_FILE, bytes, executable: false }]);
}

async function loadPath(path: string): Promise<Code> {
  if ((await stat(path)).isDirectory()) return filesCode(await readFolder(path));
  const archive = await readFile(path);
  return { archive, hash: createHash('sha256').update(archive).digest('hex') };
}

function filesCode(files: readonly CodeFile[]): Code {
  const hash = createHash('sha256');
  for (const { path, bytes, executable } of files) {
    hash.update(`${path}\0${bytes.length}\0${executable ? 'x' : '-'}\0`).update(bytes);
  }
  return { files, hash: hash.digest('hex') };
}

/** The archive of a Code property, within what Lambda takes by direct upload. */
export async function zipOf(code: Json, folder: string): Promise<Uint8Array> {
  const loaded = await loadCode(code, folder);
  const archive = 'archive' in loaded ? loaded.archive : await pack(loaded.files);
  if (archive.length > MAX_ZIP_BYTES) {
    const name = typeof code === 'string' ? code : 'the inline code';
    throw new Error(`${name} is ${archive.length} bytes zipped; Lambda takes ${MAX_ZIP_BYTES}`);
  }
  return archive;
}

const REGULAR = 0o100644;
const EXECUTABLE = 0o100755;
/** A fixed date: equal content makes equal archives. */
const EPOCH = new Date('1980-01-02T00:00:00Z');

function pack(files: readonly CodeFile[]): Promise<Uint8Array> {
  const entries = files.map(({ path, bytes, executable }) => [
    path,
    [bytes, { os: 3, attrs: ((executable ? EXECUTABLE : REGULAR) << 16) >>> 0, mtime: EPOCH }],
  ]);
  return new Promise((done, failed) => {
    zip(Object.fromEntries(entries) as Parameters<typeof zip>[0], { level: 1 }, (error, archive) =>
      error === null ? done(archive) : failed(error),
    );
  });
}
