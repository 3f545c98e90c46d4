// Client certificates as records: reading, 404, and how a stage that is given one keeps it from being deleted.
import type { ClientCertificateRecord } from '#shared/model/certificates.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { LiveStage } from '#shared/model/snapshot.ts';
import type { ResourceStore, StoredResource, Write } from '#shared/model/store.ts';
import { clientCertificateKey, LIVE_STAGES } from '#shared/store/keys.ts';
import { missing, notFound } from '../faults.ts';

const UNKNOWN = 'Invalid Client Certificate identifier specified';

/** Whose a sealed key is. */
export const sealOwner = (region: string, id: string): string =>
  `client-certificate/${region}/${id}`;

function find(store: ResourceStore, { region }: ControlContext, id: string) {
  return store.get<ClientCertificateRecord>(clientCertificateKey(region, id));
}

/** The certificate of the request's region; 404 when there is none. */
export async function needCertificate(
  store: ResourceStore,
  context: ControlContext,
  id: string,
): Promise<StoredResource<ClientCertificateRecord>> {
  const found = await find(store, context, id);
  if (found === undefined) throw missing(UNKNOWN);
  return found;
}

/**
 * The writes that a stage's commit needs when it is given a certificate: the certificate's record is written again, so
 * that a deletion which has not seen this stage fails. 404 for an id that is none.
 */
export async function certificateWrites(
  store: ResourceStore,
  context: ControlContext,
  id: string | undefined,
): Promise<Write[]> {
  if (id === undefined || id === '') return [];
  const found = await find(store, context, id);
  if (found === undefined) throw notFound('ClientCertificate', UNKNOWN);
  return [{ op: 'put', key: found.key, value: found.value, expect: found.version }];
}

/** The stages, as `{apiId}/{stage}`, which show a certificate of the request's region. */
export async function stagesWith(
  store: ResourceStore,
  { region }: ControlContext,
  id: string,
): Promise<string[]> {
  const { items } = await store.list<LiveStage>(LIVE_STAGES);
  return items
    .filter(({ value }) => value.region === region && value.stage.ClientCertificateId === id)
    .map(({ key }) => key.sort);
}
