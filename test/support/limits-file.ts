// A configuration file that sets limits, for nodes whose limits a test must reach.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Limits } from '#shared/model/limits.ts';

/** The file's path as the node's environment, and how it goes away again. */
export interface LimitsFile {
  readonly env: { readonly POSTERN_CONFIG: string };
  remove(): Promise<void>;
}

/** Writes `limits` to a folder of its own. */
export async function limitsFile(limits: Partial<Limits>): Promise<LimitsFile> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-limits-'));
  const path = join(folder, 'postern.yaml');
  await writeFile(path, JSON.stringify({ limits }));
  return { env: { POSTERN_CONFIG: path }, remove: () => rm(folder, { recursive: true }) };
}
