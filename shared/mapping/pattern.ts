// Patterns that users write, on a linear-time engine: no pattern and no text can hold up the node.
import { RE2JS } from 're2js';
import { DefinitionError } from '#shared/exchange/errors.ts';

/** The longest pattern that is compiled, in characters. */
export const PATTERN_CHARACTERS = 1024;

const KEPT_PATTERNS = 256;
const kept = new Map<string, RE2JS>();

/** Compiles `pattern` (RE2's syntax: Java's without look-around and back references). Throws `DefinitionError`. */
export function compilePattern(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > PATTERN_CHARACTERS) {
    throw new DefinitionError(`pattern longer than ${PATTERN_CHARACTERS} characters`);
  }
  const compiled = compile(pattern);
  if (kept.size >= KEPT_PATTERNS) kept.clear();
  kept.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DefinitionError(`invalid pattern: ${reason}`, { cause: error });
  }
}

/**
 * Compiles a pattern of ECMA 262, which JSON schemas have, to a search for it anywhere in a text. What RE2 does not know
 * (look-around, back references) throws `DefinitionError`.
 */
export function compileSearch(pattern: string): (text: string) => boolean {
  const compiled = compilePattern(translated(pattern));
  return (text) => compiled.test(text);
}

/** Whether `pattern` is one of ECMA 262 that can be compiled. */
export function isPattern(pattern: string): boolean {
  try {
    compileSearch(pattern);
    return true;
  } catch (error) {
    if (error instanceof DefinitionError) return false;
    throw error;
  }
}

function translated(pattern: string): string {
  try {
    return RE2JS.translateRegExp(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DefinitionError(`invalid pattern: ${reason}`, { cause: error });
  }
}

/**
 * Compiles the key of an integration response: `$default` and plain texts match themselves, `/…/` is a pattern that
 * must match the whole value. `undefined` for `$default`, which is what remains when nothing matches.
 */
export function compileResponseKey(key: string): ((value: string) => boolean) | undefined {
  if (key === '$default') return undefined;
  const pattern = /^\/(.*)\/$/s.exec(key)?.[1];
  if (pattern === undefined) return (value) => value === key;
  const compiled = compilePattern(pattern);
  return (value) => compiled.matches(value);
}
