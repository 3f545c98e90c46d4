// Keywords for strings: length in characters (not UTF-16 units), pattern on a linear engine, format.
import { compileSearch } from '#shared/mapping/pattern.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { FORMATS } from '../formats.ts';
import { countOf, type Keywords } from './keyword.ts';

export const STRING_KEYWORDS: Keywords = {
  minLength: (argument) => {
    const least = countOf(argument);
    return (value, run) => {
      if (typeof value !== 'string') return true;
      if (value.length >= 2 * least) return true;
      const length = lengthOf(value);
      return (
        length >= least ||
        run.refuse(
          () =>
            `string ${quoted(value)} is too short (length: ${length}, required minimum: ${least})`,
        )
      );
    };
  },
  maxLength: (argument) => {
    const most = countOf(argument);
    return (value, run) => {
      if (typeof value !== 'string') return true;
      if (value.length <= most) return true;
      run.charge(value.length);
      const length = lengthOf(value);
      return (
        length <= most ||
        run.refuse(
          () => `string ${quoted(value)} is too long (length: ${length}, maximum allowed: ${most})`,
        )
      );
    };
  },
  pattern: (argument) => {
    const pattern = textOf(argument);
    const finds = compileSearch(pattern);
    return (value, run) => {
      if (typeof value !== 'string') return true;
      run.charge(value.length);
      return (
        finds(value) ||
        run.refuse(
          () =>
            `ECMA 262 regex ${JSON.stringify(pattern)} does not match input string ${quoted(value)}`,
        )
      );
    };
  },
  /** Formats nobody knows refuse nothing. */
  format: (argument) => {
    const name = textOf(argument);
    const format = FORMATS.get(name);
    if (format === undefined) return undefined;
    return (value, run) => {
      if (typeof value !== 'string') return true;
      run.charge(value.length);
      return format.test(value) || run.refuse(() => `string ${quoted(value)} is ${format.fault}`);
    };
  },
};

function textOf(argument: unknown): string {
  if (typeof argument === 'string') return argument;
  throw new DefinitionError('must be a string');
}

const SURROGATE_PAIR = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

function lengthOf(text: string): number {
  return text.length - (text.match(SURROGATE_PAIR)?.length ?? 0);
}

const EXCERPT_CHARACTERS = 256;

function quoted(text: string): string {
  const cut = text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
  return JSON.stringify(cut);
}
