// Signs requests to another AWS API with SigV4 (IAM user guide, "Create a signed AWS API request").
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { canonicalPath, canonicalQuery, canonicalRequest } from '#shared/aws-api/canonical.ts';
import { splitUrl } from '#shared/aws-api/wire.ts';
import type { FunctionCredentials } from './environment-variables.ts';

/** A request to sign; header names in lower case. */
export interface UnsignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Signs in one name for one service; derived keys are kept for their day. */
export class RequestSigner {
  readonly #credentials: FunctionCredentials;
  readonly #service: string;
  readonly #keys = new Map<string, KeyObject>();

  constructor(credentials: FunctionCredentials, service: string) {
    this.#credentials = credentials;
    this.#service = service;
  }

  /** The request's headers with host, length, date and signature. */
  sign(request: UnsignedRequest, region: string, now = new Date()): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const date = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${this.#service}/aws4_request`;
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      'x-amz-date': date,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const signedHeaders = Object.keys(headers).sort().join(';');
    const canonical = canonicalOf(request, headers, signedHeaders);
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
    const signature = createHmac('sha256', this.#key(day, region)).update(text).digest('hex');
    return {
      ...headers,
      'content-length': String(request.body.length),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    };
  }

  #key(day: string, region: string): KeyObject {
    const name = `${day}/${region}`;
    let key = this.#keys.get(name);
    if (key === undefined) {
      const secret = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
      const derived = [day, region, this.#service, 'aws4_request'].reduce(
        (at: Buffer, part) => createHmac('sha256', at).update(part).digest(),
        secret,
      );
      key = createSecretKey(derived);
      // Yesterday's keys are of no use.
      for (const old of this.#keys.keys()) if (!old.startsWith(day)) this.#keys.delete(old);
      this.#keys.set(name, key);
    }
    return key;
  }
}

function canonicalOf(
  { method, path, body }: UnsignedRequest,
  headers: Readonly<Record<string, string>>,
  signedHeaders: string,
): string {
  const { path: rawPath, query } = splitUrl(path);
  const lines = signedHeaders.split(';').map((name) => `${name}:${headers[name] ?? ''}\n`);
  const parts = {
    method,
    rawPath,
    query: canonicalQuery(query),
    headers: lines.join(''),
    signedHeaders,
    payloadHash: sha256(body),
  };
  return canonicalRequest(parts, canonicalPath(rawPath));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
