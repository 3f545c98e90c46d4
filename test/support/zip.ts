// Zip archives of handlers, for CreateFunction.
import { strToU8, zipSync } from 'fflate';

/** A zip with the given files (path → text). */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([path, text]) => [path, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries)));
}
