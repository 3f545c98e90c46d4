// Whether a policy lets the client of an exchange call a route.
import type { Principal } from '#shared/model/control.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { headerValues } from '#shared/exchange/headers.ts';
import type { Policy } from './policy.ts';
import { requestKeys } from './request-keys.ts';

/** Throws ACCESS_DENIED unless `policy` lets the client invoke the route `methodArn`. */
export function requireInvoke(
  policy: Policy,
  exchange: Exchange,
  options: { readonly methodArn: string; readonly principal?: Principal },
): void {
  const { stage, connection, request, receivedAt } = exchange;
  const { principal, methodArn } = options;
  const keys = requestKeys({
    now: receivedAt,
    sourceIp: connection?.sourceIp ?? '',
    region: stage.region,
    accountId: stage.accountId,
    userAgent: headerValues(request.rawHeaders, 'user-agent').at(-1),
    referer: headerValues(request.rawHeaders, 'referer').at(-1),
    ...(principal === undefined ? {} : { principal }),
  });
  const verdict = policy.evaluate({ action: 'execute-api:Invoke', resource: methodArn, keys });
  if (!verdict.allowed) throw new GatewayError('ACCESS_DENIED', verdict.reason);
}
