// The certificate that a custom domain names: what AWS refuses of it, and how it is held while a domain uses it.
import type { CertificateRecord } from '#shared/model/certificates.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore, Write } from '#shared/model/store.ts';
import { parseCertificateArn } from '#shared/runtime/certificate-arn.ts';
import { certificateKey, certificateUseKey } from '#shared/store/keys.ts';
import { badRequest } from '../faults.ts';

/**
 * What a domain's commit must carry so that the certificate `arn` stays while the domain is there. An ARN of a
 * certificate that is not stored needs nothing: templates name certificates of AWS accounts, and the local authority
 * stands in for those. 400 for one in another region, or one that is not good for the name.
 */
export async function certificateWrites(
  store: ResourceStore,
  { region, accountId }: ControlContext,
  { domainName, arn }: { readonly domainName: string; readonly arn: string | undefined },
): Promise<Write[]> {
  const name = arn === undefined ? undefined : parseCertificateArn(arn, accountId);
  if (name === undefined) return [];
  const found = await store.get<CertificateRecord>(certificateKey(name.region, name.id));
  if (found === undefined) return [];
  if (name.region !== region) {
    throw badRequest(`Invalid certificate ARN: ${arn}. Certificate must be in '${region}'.`);
  }
  if (!covers(found.value.Names, domainName)) {
    throw badRequest(
      `The domain name ${domainName} is not covered by the certificate ${arn}, which is for ${found.value.Names.join(', ')}.`,
    );
  }
  return [
    { op: 'check', key: found.key, expect: found.version },
    { op: 'put', key: certificateUseKey(region, name.id), value: {} },
  ];
}

/** A wildcard stands for one label; that of a domain needs the certificate's (RFC 6125, section 6.4.3). */
function covers(names: readonly string[], domainName: string): boolean {
  const above = `*${domainName.slice(domainName.indexOf('.'))}`;
  return names.some((name) => {
    const lower = name.toLowerCase();
    return lower === domainName || lower === above;
  });
}
