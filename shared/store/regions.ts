// The regions in which something was ever made that no other record tells of: functions, stacks.
import type { ResourceStore } from '#shared/model/store.ts';
import { REGIONS, regionKey } from './keys.ts';

/** To be called before the first thing is made in a region; again is cheap. */
export async function noteRegion(store: ResourceStore, region: string): Promise<void> {
  const key = regionKey(region);
  if ((await store.get(key)) === undefined) await store.commit([{ op: 'put', key, value: {} }]);
}

/** All regions that were noted. */
export async function notedRegions(store: ResourceStore): Promise<string[]> {
  return (await store.list(REGIONS)).items.map(({ key }) => key.sort);
}
