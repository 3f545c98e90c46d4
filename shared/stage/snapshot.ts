// Freezing an api: its definitions collected from the store, and the bytes in which a snapshot is kept.
import type { ApiRecord } from '#shared/model/records.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import { partPrefix, partsOf, type ApiPart } from '#shared/store/keys.ts';

/**
 * All definitions of `api` as they lie in the store. The lists are read one beside the other: a caller that needs them
 * to be of one moment commits on the version of the api's record which it has read before.
 */
export async function collectSnapshot(store: ResourceStore, api: ApiRecord): Promise<Snapshot> {
  const all = async <T>(part: ApiPart): Promise<T[]> => {
    const { items } = await store.list<T>(partsOf(api.ApiId), { prefix: partPrefix(part) });
    return items.map(({ value }) => value);
  };
  const [routes, routeResponses, integrations, integrationResponses, models, authorizers] =
    await Promise.all([
      all<Snapshot['routes'][number]>('route'),
      all<Snapshot['routeResponses'][number]>('route-response'),
      all<Snapshot['integrations'][number]>('integration'),
      all<Snapshot['integrationResponses'][number]>('integration-response'),
      all<Snapshot['models'][number]>('model'),
      all<Snapshot['authorizers'][number]>('authorizer'),
    ]);
  return { api, routes, routeResponses, integrations, integrationResponses, models, authorizers };
}

/** The bytes of a snapshot as the blob store keeps them; equal definitions give equal bytes. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return Buffer.from(JSON.stringify(snapshot));
}

/** The snapshot in bytes that `encodeSnapshot` made. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  return JSON.parse(Buffer.from(bytes).toString()) as Snapshot;
}
