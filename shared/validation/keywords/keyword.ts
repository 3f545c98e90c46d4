// What a keyword of JSON Schema is to the compiler: a function from its argument to a check, and the arguments' kinds.
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { Check } from '../run.ts';

/** A schema as it is written. */
export type Schema = Readonly<Record<string, unknown>>;

/** What keywords with schemas in them need. */
export interface Compiler {
  compile(schema: unknown): Check;
}

/**
 * Compiles one keyword. `schema` is where it stands, for keywords that look at their neighbours; `undefined` when it
 * refuses nothing. Throws `DefinitionError` for an argument of the wrong kind.
 */
export type Keyword = (argument: unknown, schema: Schema, compiler: Compiler) => Check | undefined;

/** A table of keywords by name. */
export type Keywords = Readonly<Record<string, Keyword>>;

/** Whether `value` is a JSON object. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `argument` as a JSON object. */
export function mapOf(argument: unknown): Readonly<Record<string, unknown>> {
  if (isMap(argument)) return argument;
  throw new DefinitionError('must be an object');
}

/** `argument` as an array with something in it. */
export function arrayOf(argument: unknown): readonly unknown[] {
  if (Array.isArray(argument) && argument.length > 0) return argument;
  throw new DefinitionError('must be an array with at least one element');
}

/** `argument` as an array of different texts, at least one. */
export function textsOf(argument: unknown): readonly string[] {
  const texts = arrayOf(argument);
  const areTexts = texts.every((text) => typeof text === 'string');
  if (areTexts && new Set(texts).size === texts.length) return texts;
  throw new DefinitionError('must be an array of different strings');
}

/** `argument` as a number. */
export function numberOf(argument: unknown): number {
  if (typeof argument === 'number' && Number.isFinite(argument)) return argument;
  throw new DefinitionError('must be a number');
}

/** `argument` as a whole number from 0. */
export function countOf(argument: unknown): number {
  if (typeof argument === 'number' && Number.isInteger(argument) && argument >= 0) return argument;
  throw new DefinitionError('must be an integer of at least 0');
}

/** `argument` as true or false. */
export function flagOf(argument: unknown): boolean {
  if (typeof argument === 'boolean') return argument;
  throw new DefinitionError('must be a boolean');
}
