// What is announced when keys, plans or usage have changed without the data plane.

/** Bus topic of changes of API keys and usage plans; messages are JSON of `UsageChanged`. */
export const USAGE_CHANGED = 'usage.changed';

/**
 * The receiver reads the record again (absent: it was deleted). `id` is a key's, a plan's, or `{planId}#{keyId}` for a
 * key in a plan (`link`) and for what it has used (`usage`).
 */
export interface UsageChanged {
  readonly kind: 'key' | 'plan' | 'link' | 'usage';
  readonly region: string;
  readonly id: string;
}
