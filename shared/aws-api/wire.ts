// HTTP requests and answers of an AWS API as plain values, and the texts in them: query strings and headers.

/** A request with its whole body. */
export interface WireRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** An answer; `x-amzn-RequestId` and `Content-Length` are added when it is sent. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** A query parameter, decoded. */
export type QueryPair = readonly [name: string, value: string];

/** Path and query of a request's target; an absolute target loses its origin. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const target = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Decoded parameters in their order; throws `URIError` for a broken percent-encoding. */
export function parseQuery(query: string): QueryPair[] {
  if (query === '') return [];
  const pairs = query.split('&').filter((pair) => pair !== '');
  return pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 0) return [decodeText(pair), ''];
    return [decodeText(pair.slice(0, equals)), decodeText(pair.slice(equals + 1))];
  });
}

function decodeText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** Value of the first header called `name` (lower case), `undefined` when there is none. */
export function headerValue(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (isHeader(rawHeaders[at] ?? '', name)) return rawHeaders[at + 1];
  }
  return undefined;
}

/** Whether a header as received is the one called `name` (lower case). */
export function isHeader(received: string, name: string): boolean {
  return received.length === name.length && (received === name || received.toLowerCase() === name);
}
