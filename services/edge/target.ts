// The target of a request in origin form, with the host it is for.
import type { IncomingMessage } from 'node:http';

/** Host part and rest of a target in absolute form, as clients send it to a proxy (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#@]+)(.*)$/i;

/**
 * Turns an absolute target into its path and sets `host` by it, as the RFC demands. `false` when there is no usable
 * target, no host (only HTTP/1.0 may leave it out) or more than one, of which a proxy may have taken another.
 */
export function normalizeTarget(request: IncomingMessage): boolean {
  if (hostLines(request) > 1) return false;
  const url = request.url ?? '';
  if (!url.startsWith('/')) {
    const [, host, rest = ''] = ABSOLUTE.exec(url) ?? [];
    if (host === undefined) return false;
    request.headers.host = host;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  return request.headers.host !== undefined || request.httpVersion === '1.0';
}

function hostLines({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}

/** The path of a target in origin form, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
