// What the stages of a node show to HTTPS back ends: client certificates from the store, their keys opened.
import { sealOwner } from '#services/control-plane/definitions/client-certificates.ts';
import type {
  ClientCertificateRecord,
  IdentityFinder,
  Sealer,
} from '#shared/model/certificates.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import { clientCertificateKey } from '#shared/store/keys.ts';

/** Finds identities in `store`; `sealer` must have the key that has sealed them. */
export function clientIdentities(store: ResourceStore, sealer: Sealer): IdentityFinder {
  return async (region, id) => {
    const found = await store.get<ClientCertificateRecord>(clientCertificateKey(region, id));
    if (found === undefined) throw new Error(`there is no client certificate ${id} in ${region}`);
    const { certificate: cert, sealedKey } = found.value;
    return { cert, key: sealer.open(sealedKey, sealOwner(region, id)) };
  };
}
