// ARNs of certificates: `arn:aws:acm:{region}:{account}:certificate/{uuid}`.
import { createHash } from 'node:crypto';

/** What an ARN names. */
export interface CertificateName {
  readonly region: string;
  readonly id: string;
}

const CERTIFICATE = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate\/([A-Za-z0-9_-]+)$/;

/** The ARN of a certificate. */
export function certificateArn({ region, id }: CertificateName, accountId: string): string {
  return `arn:aws:acm:${region}:${accountId}:certificate/${id}`;
}

/** What `arn` names; `undefined` when it is no certificate of the account. */
export function parseCertificateArn(arn: string, accountId: string): CertificateName | undefined {
  const [, region, account, id] = CERTIFICATE.exec(arn) ?? [];
  if (region === undefined || id === undefined || account !== accountId) return undefined;
  return { region, id };
}

/** The id of the certificate that the configuration calls `name`: the same on every node and at every start. */
export function idOfName(name: string): string {
  const hash = createHash('sha256').update(`postern certificate ${name}`).digest('hex');
  // The marks of a UUID of version 8, whose content is its maker's business (RFC 9562).
  const parts = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
  ];
  return `${parts.join('-')}-${hash.slice(20, 32)}`;
}
