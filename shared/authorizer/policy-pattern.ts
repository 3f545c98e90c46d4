// Patterns of IAM policies: `*`, `?` and policy variables (IAM guide: reference_policies_elements_resource, reference_policies_variables).

/** What a request is about, beside action and resource: condition keys in lower case (`aws:sourceip`) with their values. */
export type RequestKeys = ReadonlyMap<string, string>;

/** Whether a value fits, where the pattern's variables are those of a request. */
export type Matcher = (value: string, keys: RequestKeys) => boolean;

/** How the texts of a policy are to be read. */
export interface PatternOptions {
  /** `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** `${key}` is a variable: in policies of version 2012-10-17. */
  readonly variables: boolean;
  /** Both sides are compared in lower case. */
  readonly ignoreCase?: boolean;
}

const ANY = 1;
const MANY = 2;

/** A character, or a wildcard. */
type Token = string | typeof ANY | typeof MANY;

/** Reads the tokens of a part for a request; `undefined` when a variable has no value there. */
type Part = (keys: RequestKeys) => readonly Token[] | undefined;

const VARIABLE = /(\$\{[^{}]*\})/;
const NAME_AND_DEFAULT = /^\$\{\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?\}$/;

/** Compiles `text`. A variable without a value in a request fits nothing there. */
export function compilePattern(text: string, options: PatternOptions): Matcher {
  const { ignoreCase = false, variables } = options;
  const written = ignoreCase ? text.toLowerCase() : text;
  const pieces = variables ? written.split(VARIABLE).filter((piece) => piece !== '') : [written];
  const parts = pieces.map((piece) => partOf(piece, options));
  const fixed = pieces.some((piece) => variables && VARIABLE.test(piece))
    ? undefined
    : tokensOf(parts, NO_KEYS);
  return (value, keys) => {
    const tokens = fixed ?? tokensOf(parts, keys);
    return tokens !== undefined && fits(ignoreCase ? value.toLowerCase() : value, tokens);
  };
}

const NO_KEYS: RequestKeys = new Map();

function partOf(piece: string, { wildcards, variables, ignoreCase = false }: PatternOptions): Part {
  const [, name = '', fallback] = (variables && NAME_AND_DEFAULT.exec(piece)) || [];
  if (name === '') {
    const tokens = wildcards ? piece.split('').map(wildcard) : piece.split('');
    return () => tokens;
  }
  // `${*}`, `${?}` and `${$}` are the characters themselves.
  if (name === '*' || name === '?' || name === '$') return () => [name];
  const key = name.toLowerCase();
  return (keys) => {
    const value = keys.get(key) ?? fallback;
    return (ignoreCase ? value?.toLowerCase() : value)?.split('');
  };
}

function wildcard(character: string): Token {
  if (character === '*') return MANY;
  return character === '?' ? ANY : character;
}

function tokensOf(parts: readonly Part[], keys: RequestKeys): Token[] | undefined {
  const tokens: Token[] = [];
  for (const part of parts) {
    const found = part(keys);
    if (found === undefined) return undefined;
    tokens.push(...found);
  }
  return tokens;
}

/** Never exponential: after a `*` only the newest choice is ever taken back. */
function fits(value: string, tokens: readonly Token[]): boolean {
  let at = 0;
  let index = 0;
  let star = -1;
  let mark = 0;
  while (at < value.length) {
    const token = tokens[index];
    if (token === MANY) {
      star = index++;
      mark = at;
    } else if (token === ANY || token === value[at]) {
      at++;
      index++;
    } else if (star >= 0) {
      index = star + 1;
      at = ++mark;
    } else return false;
  }
  while (tokens[index] === MANY) index++;
  return index === tokens.length;
}
