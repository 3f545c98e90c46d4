// Request parameters that a route requires. AWS guide: websocket-api-data-mapping.
import type { GatewayRequest } from '#shared/model/exchange.ts';
import type { RequiredParameter } from '#shared/model/stage.ts';

/** Names of `required` that `request` does not carry, as `header.NAME` and `querystring.NAME`; an empty value counts as absent. */
export function missingParameters(
  request: GatewayRequest,
  required: readonly RequiredParameter[],
): string[] {
  if (required.length === 0) return [];
  const query = new URLSearchParams(request.query);
  return required
    .filter(({ location, name }) =>
      location === 'header' ? !hasHeader(request.rawHeaders, name) : !query.get(name),
    )
    .map(({ location, name }) => `${location}.${name}`);
}

/** Header names are compared without regard to case. */
function hasHeader(rawHeaders: readonly string[], name: string): boolean {
  const wanted = name.toLowerCase();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted && rawHeaders[at + 1] !== '') return true;
  }
  return false;
}
