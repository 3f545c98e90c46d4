// What was typed before, kept in a file of its user's alone (XDG base directory specification: state).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Lines that are kept. */
export const HISTORY_LINES = 500;

/** Where the history lies; `undefined` for a user without a home. */
export function historyFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state !== undefined && state !== '') return join(state, 'postern', 'history');
  return home === undefined || home === '' ? undefined : join(home, '.local/state/postern/history');
}

/** The lines of `file`, newest first; none when there is no such file. */
export function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(0, HISTORY_LINES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Replaces the lines of `file`. */
export function writeHistory(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}
