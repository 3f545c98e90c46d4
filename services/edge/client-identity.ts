// Makes the self-signed certificates that back ends are shown, as API Gateway makes them.
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import type { JsonName } from '@peculiar/x509';
import type { TlsIdentity } from '#shared/model/certificates.ts';

/** Subject and issuer of every client certificate of API Gateway. */
const NAME: JsonName = [{ C: ['US'] }, { L: ['Seattle'] }, { CN: ['ApiGateway'] }];
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const;

/** A new RSA key with its certificate; AWS's have no extensions either. */
export async function newClientIdentity(from: number, until: number): Promise<TlsIdentity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: NAME,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(from),
    notAfter: new Date(until),
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { key: key.toString(), cert: `${certificate.toString('pem')}\n` };
}
