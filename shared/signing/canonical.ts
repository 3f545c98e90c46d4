// Canonical requests of SigV4 from their parts (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

const LOOSE = /[!'()*]/;
const UNRESERVED_IN_PATH = /[A-Za-z0-9\-._~/]/;

/** How SigV4 writes each ASCII character of a path; empty for those that stay as they are. */
const ENCODED = Array.from({ length: 128 }, (_, code) => {
  if (UNRESERVED_IN_PATH.test(String.fromCharCode(code))) return '';
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Canonical path as specified: encoded once more than on the wire, without empty and dot segments. */
export function canonicalPath(rawPath: string): string {
  return encodePath(normalize(rawPath === '' ? '/' : rawPath));
}

/** What signers in use make of a path instead: JavaScript's leaves `!'()*` alone, Go's does not normalize. */
export function otherCanonicalPaths(rawPath: string): readonly string[] {
  const usual = canonicalPath(rawPath);
  const others = [encodeLoosely(normalize(rawPath)), encodePath(rawPath)];
  return others.filter((path) => path !== usual);
}

function normalize(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const end = path.endsWith('/') && kept.length > 0 ? '/' : '';
  return `/${kept.join('/')}${end}`;
}

function encodeLoosely(path: string): string {
  return encodeURIComponent(path).replaceAll('%2F', '/');
}

/** Every request signed has a path and few of its characters need encoding: the rest is copied in runs. */
function encodePath(path: string): string {
  let encoded = '';
  let from = 0;
  for (let at = 0; at < path.length; at++) {
    const code = ENCODED[path.charCodeAt(at)];
    if (code === '') continue;
    if (code === undefined) return strict(encodeLoosely(path)); // beyond ASCII
    encoded += path.slice(from, at) + code;
    from = at + 1;
  }
  return from === 0 ? path : encoded + path.slice(from);
}

/** `encodeURIComponent` and the five characters that it leaves although SigV4 wants them encoded. */
function strict(encoded: string): string {
  if (!LOOSE.test(encoded)) return encoded;
  return encoded.replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Sorted, strictly encoded parameters, without the signature itself. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = recode(equals < 0 ? part : part.slice(0, equals));
    if (part !== '' && name !== 'X-Amz-Signature') {
      pairs.push([name, equals < 0 ? '' : recode(part.slice(equals + 1))]);
    }
  }
  pairs.sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;

function recode(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return strict(encodeURIComponent(decode(text.replaceAll('+', ' '))));
}

/** Text that is not percent-encoded well stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A header's value as it is signed: without space around it, every run of spaces as one. */
export function trimAll(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('  ') ? trimmed.replaceAll(/ +/g, ' ') : trimmed;
}

/** What canonical requests are made of beside the path. */
export interface CanonicalParts {
  readonly method: string;
  /** Path as sent. */
  readonly rawPath: string;
  readonly query: string;
  readonly headers: string;
  readonly signedHeaders: string;
  readonly payloadHash: string;
}

/** The canonical request with one form of its path. */
export function canonicalRequest(parts: CanonicalParts, path: string): string {
  const { method, query, headers, signedHeaders, payloadHash } = parts;
  return `${method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}
