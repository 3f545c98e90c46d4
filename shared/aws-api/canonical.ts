// The canonical request of a signed request as received: header lines in the order that the signature names them.
import { type CanonicalParts, canonicalQuery, trimAll } from '#shared/signing/canonical.ts';
import type { SignedRequest } from './signature.ts';
import { isHeader, splitUrl } from './wire.ts';

/** `name:value` lines of the signed headers, in the order that the signature names them. */
function canonicalHeaders(rawHeaders: readonly string[], signedHeaders: string): string {
  let lines = '';
  for (const name of signedHeaders.split(';')) lines += `${name}:${joined(rawHeaders, name)}\n`;
  return lines;
}

/** All values of a header, trimmed, with commas between them. */
function joined(rawHeaders: readonly string[], name: string): string {
  let values: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!isHeader(rawHeaders[at] ?? '', name)) continue;
    const value = trimAll(rawHeaders[at + 1] ?? '');
    values = values === undefined ? value : `${values},${value}`;
  }
  return values ?? '';
}

/** The parts of `request`; `signedHeaders` as the signature names them. */
export function canonicalParts(
  request: SignedRequest,
  signedHeaders: string,
  payloadHash: string,
): CanonicalParts {
  const { path, query } = splitUrl(request.url);
  return {
    method: request.method,
    rawPath: path,
    query: canonicalQuery(query),
    headers: canonicalHeaders(request.rawHeaders, signedHeaders),
    signedHeaders,
    payloadHash,
  };
}
