// The key of an api mapping: what follows the custom domain in a URL.
import type { ApiRecord } from '#shared/model/records.ts';
import { badRequest } from '../faults.ts';

/** Refuses with 400 a key with stray slashes, or with several levels for a WebSocket API (AWS guides: http-api-mappings, websocket-api-mappings). */
export function checkMappingKey(api: ApiRecord, key: string): void {
  if (key.startsWith('/') || key.includes('//')) {
    throw badRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  if (key.endsWith('/')) throw badRequest("API mapping key should not end with a '/'.");
  if (api.ProtocolType === 'WEBSOCKET' && key.includes('/')) {
    throw badRequest("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),");
  }
}
