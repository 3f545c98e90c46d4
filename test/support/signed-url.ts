// Handshakes signed by the official signer, as clients of AWS_IAM routes send them: in headers, or in the URL.
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from './sha256.ts';

/** A key pair. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a client signs with. */
export interface SigningOptions {
  readonly region: string;
  readonly date?: Date;
  readonly expiresIn?: number;
  readonly service?: string;
}

function signerOf(keys: Keys, { region, service = 'execute-api' }: SigningOptions): SignatureV4 {
  return new SignatureV4({ credentials: keys, region, service, sha256: Sha256 as never });
}

function requestOf(url: URL) {
  return {
    method: 'GET',
    protocol: 'https:',
    hostname: url.host,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
  };
}

/** Headers that sign a GET of `url`. */
export async function signedHeaders(
  url: string,
  keys: Keys,
  options: SigningOptions,
): Promise<Record<string, string>> {
  const { date } = options;
  const signed = await signerOf(keys, options).sign(
    requestOf(new URL(url)),
    date === undefined ? {} : { signingDate: date },
  );
  return { ...signed.headers };
}

/** `url` signed in its query. */
export async function presignedUrl(
  url: string,
  keys: Keys,
  options: SigningOptions,
): Promise<string> {
  const { date, expiresIn = 300 } = options;
  const signed = await signerOf(keys, options).presign(requestOf(new URL(url)), {
    expiresIn,
    ...(date === undefined ? {} : { signingDate: date }),
  });
  const out = new URL(url);
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    out.searchParams.set(name, String(value));
  }
  return out.href.replaceAll('+', '%20');
}
