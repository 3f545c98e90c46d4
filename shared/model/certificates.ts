// Server certificates: what TLS needs of one, and who makes and keeps them.
import type { SecureContext } from 'node:tls';

/** What a handshake is served with: a private key, its certificate with the chain that is sent along, both PEM. */
export interface ServerPair {
  readonly key: string;
  readonly cert: string;
  /** Made of both, once. A renewed or replaced certificate is another pair. */
  readonly context: SecureContext;
}
