// The gate of API keys by hand: what each value leads to.
import { GatewayError, type GatewayErrorType } from '#shared/exchange/errors.ts';
import type { ApiKeyGate, KeyIdentity } from '#shared/model/usage.ts';

/** Lets the values in `good` in as their ids, and fails others as told; nobody else may come in. */
export function fakeKeys(
  good: Readonly<Record<string, string>> = {},
  faults: Readonly<Record<string, GatewayErrorType>> = {},
): ApiKeyGate {
  const admit = async (value: string | undefined): Promise<KeyIdentity> => {
    const keyId = value === undefined ? undefined : good[value];
    if (value !== undefined && keyId !== undefined) return { apiKey: value, apiKeyId: keyId };
    throw new GatewayError(faults[value ?? ''] ?? 'INVALID_API_KEY', 'as the test wants it');
  };
  return { admit: (_stage, _routeKey, value) => admit(value) };
}
