// The key of an api mapping: what follows the custom domain in a URL.
import { badRequest } from '../faults.ts';

/** Refuses with 400 a key with stray slashes; several levels are good for every protocol (AWS guides: http-api-mappings, websocket-api-mappings). */
export function checkMappingKey(key: string): void {
  if (key.startsWith('/') || key.includes('//')) {
    throw badRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  if (key.endsWith('/')) throw badRequest("API mapping key should not end with a '/'.");
}
