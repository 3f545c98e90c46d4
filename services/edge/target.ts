// The target of a request in origin form, with the host it is for.
import type { IncomingMessage } from 'node:http';

/** Host part and rest of a target in absolute form, as clients send it to a proxy (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#@]+)(.*)$/i;

/**
 * Turns an absolute target into its path and sets `host` by it, as the RFC demands. `false` when there is no usable
 * target or no host (only HTTP/1.0 may leave it out).
 */
export function normalizeTarget(request: IncomingMessage): boolean {
  const url = request.url ?? '';
  if (!url.startsWith('/')) {
    const [, host, rest = ''] = ABSOLUTE.exec(url) ?? [];
    if (host === undefined) return false;
    request.headers.host = host;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  return request.headers.host !== undefined || request.httpVersion === '1.0';
}

/** The path of a target in origin form, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
