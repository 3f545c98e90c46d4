// Paths of the @connections API: `{stage}/@connections/{connectionId}` in every spelling that clients send.

/** What a path below a stage asks for. */
export type ManagementTarget =
  | { readonly kind: 'connection'; readonly connectionId: string }
  | { readonly kind: 'unknown'; readonly route: string };

/** `@` may be encoded; an endpoint that ends in a slash makes two of them; the id stands encoded or as it is. */
const CONNECTION = /^\/{1,2}(?:@|%40)connections\/([^/]+)\/?$/;

/** Reads `path`, what follows the stage, still encoded. */
export function managementTarget(path: string): ManagementTarget {
  const id = CONNECTION.exec(path)?.[1];
  return id === undefined
    ? { kind: 'unknown', route: decoded(path).replace(/^\/+/, '') }
    : { kind: 'connection', connectionId: decoded(id) };
}

/** What cannot be decoded stands for itself: it will be no connection id. */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
