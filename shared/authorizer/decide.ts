// Whether a client may come in: unknown clients are told so before anybody is asked.
import type { Admission, Authorizer } from '#shared/model/authorizer.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { GatewayError } from '#shared/exchange/errors.ts';

/** What `authorizer` finds out of the client. Rejects with `GatewayError` when it may not come in. */
export function decide(authorizer: Authorizer, exchange: Exchange): Promise<Admission> {
  if (authorizer.identity(exchange) === undefined) {
    const detail = 'an identity source is missing or empty';
    return Promise.reject(new GatewayError('UNAUTHORIZED', detail));
  }
  return authorizer.admit(exchange);
}
