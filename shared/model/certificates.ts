// Server certificates: what TLS needs of one, and who makes and keeps them.
import type { SecureContext } from 'node:tls';
import type { StringMap } from './records.ts';

/** What a handshake is served with: a private key, its certificate with the chain that is sent along, both PEM. */
export interface ServerPair {
  readonly key: string;
  readonly cert: string;
  /** Made of both, once. A renewed or replaced certificate is another pair. */
  readonly context: SecureContext;
}

/**
 * The certificates that may have signed those of a custom domain's clients. The same object as long as its content
 * is the same, so that a connection's proof can be compared with what its domain asks for now.
 */
export interface Truststore {
  /** Of the bundle, in the blob store. */
  readonly hash: string;
  /** PEM, each one certificate; absent: the bundle could not be loaded, and nobody is let in. */
  readonly certificates?: readonly string[];
}

/** Which names ask their clients for certificates. Synchronous: everything is in memory. */
export interface ClientTrust {
  /** Whether any name does. */
  readonly asksForCertificates: boolean;
  /** What a client of `host`, with or without a port, must prove; `undefined`: nothing. */
  truststoreOf(host: string): Truststore | undefined;
}

/** Keys that the local authority makes; Certificate Manager's names. */
export type KeyAlgorithm =
  'RSA_2048' | 'RSA_3072' | 'RSA_4096' | 'EC_prime256v1' | 'EC_secp384r1' | 'EC_secp521r1';

/** A certificate that the local authority has made; everything PEM. */
export interface IssuedCertificate {
  readonly key: string;
  readonly cert: string;
  /** The authority's own certificate. */
  readonly chain: string;
  /** Epoch milliseconds from which it should be replaced. */
  readonly renewAt: number;
}

/** The local authority, as the certificate service uses it. */
export interface CertificateIssuer {
  issueWith(algorithm: KeyAlgorithm, names: readonly string[]): Promise<IssuedCertificate>;
}

/** A tag as Certificate Manager keeps them: the value may be missing. */
export interface CertificateTag {
  readonly Key: string;
  readonly Value?: string;
}

/** What Certificate Manager tells of a certificate's content, in its words. */
export interface CertificateFacts {
  /** DNS names that it is good for: its alternative names, or the common name where it has none. */
  readonly Names: readonly string[];
  /** As it was asked for; of an imported one its common name, or its first alternative name. */
  readonly DomainName: string;
  readonly Serial: string;
  readonly Subject: string;
  readonly Issuer: string;
  readonly SignatureAlgorithm: string;
  readonly KeyUsages: readonly string[];
  readonly ExtendedKeyUsages: readonly { readonly Name: string; readonly OID: string }[];
}

/** A certificate as it is stored. The private key is sealed: only nodes with the same CA folder can open it. */
export interface CertificateRecord extends CertificateFacts {
  readonly CertificateId: string;
  readonly Region: string;
  readonly Type: 'IMPORTED' | 'AMAZON_ISSUED';
  readonly Certificate: string;
  /** Absent: there is none, or it is too long for a record and lies in the blob store under `ChainBlob`. */
  readonly Chain?: string;
  readonly ChainBlob?: string;
  readonly SealedKey: string;
  /** Lower-case hex SHA-256 of the certificate. */
  readonly Fingerprint: string;
  readonly KeyAlgorithm: string;
  /** Epoch milliseconds, as all times of a record. */
  readonly NotBefore: number;
  readonly NotAfter: number;
  readonly CreatedAt: number;
  /** When this certificate came: by an import, a request or a renewal. */
  readonly IssuedAt: number;
  /** From when the local authority renews it. Absent for imported ones. */
  readonly RenewAt?: number;
  /** The last renewal. */
  readonly RenewedAt?: number;
  readonly Tags: readonly CertificateTag[];
  readonly ValidationMethod?: string;
  readonly ValidationDomains?: Readonly<Record<string, string>>;
  readonly TransparencyLogging?: string;
  readonly ManagedBy?: string;
  /** Name in the configuration's `certificates` whose files it came from. */
  readonly Source?: string;
}

/** Files of a certificate, absolute paths. `cert` may hold the chain too. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly chain?: string;
}

/** A client certificate, which stages show to HTTPS back ends. AWS: apigateway `ClientCertificate`. */
export interface ClientCertificateRecord {
  readonly id: string;
  readonly description?: string;
  /** PEM. */
  readonly certificate: string;
  /** The private key, which only a node with the CA folder can open; never given out. */
  readonly sealedKey: string;
  /** Epoch milliseconds by the wall clock, like the certificate's own. */
  readonly createdDate: number;
  readonly expirationDate: number;
  readonly tags: StringMap;
}

/** What a TLS client shows: a private key and its certificate, both PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Makes a self-signed identity for back ends, valid between two moments in epoch milliseconds. */
export type IdentityMaker = (from: number, until: number) => Promise<TlsIdentity>;

/** Finds the identity of a region's client certificate; rejects when there is none or its key cannot be opened. */
export type IdentityFinder = (region: string, id: string) => Promise<TlsIdentity>;

/** Seals texts for the store. A sealed text opens only for the `owner` it was sealed for; `open` throws otherwise. */
export interface Sealer {
  seal(text: string, owner: string): string;
  open(sealed: string, owner: string): string;
}
