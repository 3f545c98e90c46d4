// What the handlers of Certificate Manager work with, and what they share.
import type { CertificateIssuer, CertificateRecord } from '#shared/model/certificates.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import {
  certificateArn,
  parseCertificateArn,
  type CertificateName,
} from '#shared/runtime/certificate-arn.ts';
import type { StoredCertificate } from './certificates.ts';
import { checkArn } from './constraints.ts';
import { certificateNotFound } from './faults.ts';
import type { RecordMakers } from './record.ts';

/** Parts of the certificate service that handlers use. */
export interface AcmDeps extends RecordMakers {
  readonly store: ResourceStore;
  readonly issuer: CertificateIssuer;
}

/** What `arn` names in the account and region of the request; throws as for one that is not there. */
export function nameIn(arn: string, { region, accountId }: ControlContext): CertificateName {
  checkArn(arn);
  const name = parseCertificateArn(arn, accountId);
  if (name === undefined || name.region !== region) throw certificateNotFound(arn);
  return name;
}

/** The certificate `arn` of the account and region of the request. */
export async function need(
  { certificates }: Pick<AcmDeps, 'certificates'>,
  arn: string,
  context: ControlContext,
): Promise<StoredCertificate> {
  const found = await certificates.get(nameIn(arn, context));
  if (found === undefined) throw certificateNotFound(arn);
  return found;
}

/** Rewrites the certificate `arn`; see `Certificates.edit`. */
export async function edit(
  { certificates }: Pick<AcmDeps, 'certificates'>,
  arn: string,
  {
    context,
    change,
  }: {
    readonly context: ControlContext;
    readonly change: (before: CertificateRecord) => Promise<CertificateRecord>;
  },
): Promise<void> {
  if (!(await certificates.edit(nameIn(arn, context), change))) throw certificateNotFound(arn);
}

/** The ARN of a record. */
export function arnOf(
  { Region: region, CertificateId: id }: CertificateRecord,
  accountId: string,
): string {
  return certificateArn({ region, id }, accountId);
}

/** Whether it is good now; an expired one is served nevertheless. */
export function statusOf({ NotAfter }: CertificateRecord, now: number): 'ISSUED' | 'EXPIRED' {
  return NotAfter <= now ? 'EXPIRED' : 'ISSUED';
}
