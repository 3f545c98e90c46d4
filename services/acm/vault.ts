// Seals private keys before they are stored: who reads the store has no use of them without the CA folder.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '#shared/runtime/start-error.ts';
import { createOnce, readOr } from '#shared/runtime/whole-file.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed key that this vault's key does not open, or that somebody has changed. */
export class SealError extends Error {}

/** Seals and opens texts. A sealed text belongs to the `owner` it was sealed for, and opens for no other. */
export class KeyVault {
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `text` sealed, as base64. */
  seal(text: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(owner));
    const sealed = [cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64');
  }

  /** The text that was sealed; throws `SealError`. */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    const body = NONCE_BYTES + TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(NONCE_BYTES, body));
      return decipher.update(bytes.subarray(body), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      const message =
        'a stored private key does not open: the CA folder is another than that of the node which stored it (--ca), or its certificates.key was replaced';
      throw new SealError(message, { cause: error });
    }
  }
}

/**
 * The vault whose key lies in `folder` as `certificates.key` (mode 0600), made where there is none; several processes
 * that start at once end up with one key. Throws `StartError` for a file that cannot be used.
 */
export async function openVault(folder: string): Promise<KeyVault> {
  const path = join(folder, 'certificates.key');
  const key = Buffer.from(await keyFile(path), 'base64');
  if (key.length === KEY_BYTES) return new KeyVault(key);
  const message = `${path} is no key of ${KEY_BYTES} bytes in base64; put back the right one, or remove it and import the certificates again`;
  throw new StartError('--ca', message);
}

async function keyFile(path: string): Promise<string> {
  try {
    const found = await readOr(path);
    if (found !== undefined) return found;
    await createOnce(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, 0o600);
    return (await readOr(path)) ?? '';
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError('--ca', `${path} cannot be used: ${reason}`, { cause });
  }
}
