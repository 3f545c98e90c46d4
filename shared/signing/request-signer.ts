// Signs requests to other AWS APIs with SigV4 (IAM user guide, "Create a signed AWS API request").
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { hash } from 'node:crypto';
import { canonicalPath, canonicalQuery, canonicalRequest, trimAll } from './canonical.ts';
import { type SigningKey, signingKey } from './signing-key.ts';

/** A request to sign; header names in lower case. */
export interface UnsignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a service wants its signatures; absent members: as most do. */
export interface SigningStyle {
  /** S3: the path is signed as it is sent, not encoded once more and not normalized. */
  readonly rawPath?: boolean;
  /** States the body's hash in `x-amz-content-sha256`, which S3 needs. */
  readonly statesHash?: boolean;
}

/** Proxies on the way may change these, so no signer of AWS signs them. */
const UNSIGNED: ReadonlySet<string> = new Set(['user-agent', 'x-amzn-trace-id']);
const EMPTY_HASH = hash('sha256', '', 'hex');

/** Signs in one name for one service; derived keys are kept for their day. */
export class RequestSigner {
  readonly #credentials: AccessKeys;
  readonly #service: string;
  readonly #style: SigningStyle;
  readonly #keys = new Map<string, SigningKey>();

  constructor(credentials: AccessKeys, service: string, style: SigningStyle = {}) {
    this.#credentials = credentials;
    this.#service = service;
    this.#style = style;
  }

  /** The request's headers with host, length, date and signature. */
  sign(request: UnsignedRequest, region: string, now = new Date()): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const date = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${this.#service}/aws4_request`;
    const payloadHash = request.body.length === 0 ? EMPTY_HASH : sha256(request.body);
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      'x-amz-date': date,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
      ...(this.#style.statesHash === true ? { 'x-amz-content-sha256': payloadHash } : {}),
    };
    const names = Object.keys(headers).filter((name) => !UNSIGNED.has(name));
    const signedHeaders = names.sort().join(';');
    const canonical = this.#canonical(request, headers, { signedHeaders, payloadHash });
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
    const signature = this.#key(day, region).sign(text);
    return {
      ...headers,
      'content-length': String(request.body.length),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    };
  }

  #canonical(
    { method, path }: UnsignedRequest,
    headers: Readonly<Record<string, string>>,
    signed: { readonly signedHeaders: string; readonly payloadHash: string },
  ): string {
    const mark = path.indexOf('?');
    const rawPath = mark < 0 ? path : path.slice(0, mark);
    const lines = signed.signedHeaders
      .split(';')
      .map((name) => `${name}:${trimAll(headers[name] ?? '')}\n`);
    const parts = {
      method,
      rawPath,
      query: canonicalQuery(mark < 0 ? '' : path.slice(mark + 1)),
      headers: lines.join(''),
      ...signed,
    };
    const rawly = this.#style.rawPath === true;
    return canonicalRequest(parts, rawly ? rawPath : canonicalPath(rawPath));
  }

  #key(day: string, region: string): SigningKey {
    const name = `${day}/${region}`;
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = signingKey(this.#credentials.secretAccessKey, { day, region, service: this.#service });
      // Yesterday's keys are of no use.
      for (const old of this.#keys.keys()) if (!old.startsWith(day)) this.#keys.delete(old);
      this.#keys.set(name, key);
    }
    return key;
  }
}

function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
