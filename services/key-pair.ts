// Access keys that a node gives out itself: to its functions and to its own deployer.
import { randomBytes } from 'node:crypto';

/** A fresh key in the shape of AWS's temporary ones. */
export function newKeyPair(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}
