// Reads of parsed JSON that see only what the JSON brought.

/** An own property of an object or an item of a list (from the end if negative); nothing that a prototype brings. */
export function ownProperty(holder: unknown, key: string | number): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  if (!Array.isArray(holder)) {
    return Object.hasOwn(holder, key)
      ? (holder as Record<string | number, unknown>)[key]
      : undefined;
  }
  return typeof key === 'number' ? (holder as readonly unknown[]).at(key) : undefined;
}
