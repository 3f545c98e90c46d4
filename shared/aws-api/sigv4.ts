// Verifies SigV4: requests signed in a header or in the query, as AWS verifies them and with AWS's refusals.
import { hash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '#shared/model/control.ts';
import { canonicalPath, canonicalRequest, otherCanonicalPaths } from '#shared/signing/canonical.ts';
import { type SigningKey, signingKey } from '#shared/signing/signing-key.ts';
import { canonicalParts } from './canonical.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import {
  basicDate,
  readSignature,
  refusal,
  type Signature,
  type SignedRequest,
} from './signature.ts';
import type { ServiceError } from './service-error.ts';
import { headerValue } from './wire.ts';

/** What a verified signature says. */
export interface Verified {
  readonly principal: Principal;
  /** Region of the credential scope. */
  readonly region: string;
}

const SKEW_MS = 5 * 60_000;
const MOST_KEYS = 1000;
const EMPTY_HASH = hash('sha256', '', 'hex');
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

interface DerivedKey {
  readonly key: SigningKey;
  /** Whose it is: another secret under the same access key makes it void. */
  readonly owner: Credential;
}

/**
 * Checks signatures against a source of credentials. Time is the wall clock, whatever a test did to the node's own.
 * With an open source any well-formed signature is good, and everybody is `anonymous`.
 */
export class SigV4Verifier {
  readonly #credentials: CredentialSource;
  readonly #now: () => number;
  readonly #keys = new Map<string, DerivedKey>();

  constructor(credentials: CredentialSource, now: () => number = Date.now) {
    this.#credentials = credentials;
    this.#now = now;
  }

  /** Throws `ServiceError` 403 with AWS's type and text. `region`: the only one that the scope may name. */
  verify(request: SignedRequest, service: string, region?: string): Verified {
    const signature = readSignature(request);
    checkScope(signature, service, region);
    const { scope } = signature;
    const credential = this.#credentials.find(scope.accessKeyId);
    if (credential === undefined && this.#credentials.open) {
      const principal = { name: 'anonymous', accessKeyId: scope.accessKeyId };
      return { principal, region: scope.region };
    }
    if (credential?.sessionToken !== signature.sessionToken || credential === undefined) {
      throw invalidToken();
    }
    this.#checkTime(signature);
    this.#checkSignature(request, signature, credential);
    return { principal: credential.principal, region: scope.region };
  }

  #checkTime({ date, expires }: Signature): void {
    const at = parseBasicDate(date);
    const now = this.#now();
    const window = expires === undefined ? SKEW_MS : expires * 1000;
    if (at < now - window) throw outOfTime('Signature expired', date, { now, window: -window });
    if (at > now + SKEW_MS) {
      throw outOfTime('Signature not yet current', date, { now, window: SKEW_MS });
    }
  }

  #checkSignature(request: SignedRequest, signature: Signature, credential: Credential): void {
    const { scope, date, signedHeaders } = signature;
    const key = this.#derivedKey(signature, credential);
    const stated = headerValue(request.rawHeaders, 'x-amz-content-sha256');
    const computed = bodyHash(request.body);
    const parts = canonicalParts(request, signedHeaders, stated ?? computed);
    const head = `AWS4-HMAC-SHA256\n${date}\n${scope.day}/${scope.region}/${scope.service}/aws4_request\n`;
    const fits = (path: string): boolean => {
      const digest = hash('sha256', canonicalRequest(parts, path), 'hex');
      return equal(key.sign(head + digest), signature.signature);
    };
    const path = canonicalPath(parts.rawPath);
    if (!fits(path) && !otherCanonicalPaths(parts.rawPath).some(fits)) {
      const canonical = canonicalRequest(parts, path);
      throw mismatch(canonical, head + hash('sha256', canonical, 'hex'));
    }
    checkPayload(stated, computed);
  }

  #derivedKey({ credential: text, scope }: Signature, owner: Credential): SigningKey {
    const known = this.#keys.get(text);
    if (known?.owner === owner) return known.key;
    const key = signingKey(owner.secretAccessKey, scope);
    if (this.#keys.size >= MOST_KEYS) this.#dropOldest();
    this.#keys.set(text, { key, owner });
    return key;
  }

  #dropOldest(): void {
    const [oldest] = this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
  }
}

const SIGNATURE_LENGTH = 64;
const expectedBytes = Buffer.alloc(SIGNATURE_LENGTH);
const givenBytes = Buffer.alloc(SIGNATURE_LENGTH);

/** Constant time for texts of a signature's length; others are no signatures. */
function equal(expected: string, given: string): boolean {
  if (given.length !== SIGNATURE_LENGTH) return false;
  expectedBytes.write(expected, 'latin1');
  givenBytes.write(given, 'latin1');
  return timingSafeEqual(expectedBytes, givenBytes);
}

function bodyHash(body: Uint8Array): string {
  return body.length === 0 ? EMPTY_HASH : hash('sha256', body, 'hex');
}

/** A stated hash is signed, but only this makes it true. CLI v1 states none: then the computed one was signed. */
function checkPayload(stated: string | undefined, computed: string): void {
  if (stated === undefined || stated === UNSIGNED_PAYLOAD || stated === computed) return;
  throw refusal(
    'InvalidSignatureException',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}

const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const DAY = /^\d{8}$/;
const HOST_SIGNED = /(^|;)host(;|$)/;

function checkScope(
  { scope, date, signedHeaders }: Signature,
  service: string,
  region?: string,
): void {
  const { day } = scope;
  const faults: string[] = [];
  if (region === undefined ? !REGION.test(scope.region) : scope.region !== region) {
    faults.push('Credential should be scoped to a valid region. ');
  }
  if (scope.service !== service) {
    faults.push(`Credential should be scoped to correct service: '${service}'. `);
  }
  if (!DAY.test(day) || day !== date.slice(0, 8)) {
    const both = `'${day}' != '${date.slice(0, 8)}', from '${date}'`;
    faults.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `${both}. `,
    );
  }
  if (!HOST_SIGNED.test(signedHeaders)) {
    faults.push("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization. ");
  }
  if (faults.length > 0) throw refusal('InvalidSignatureException', faults.join(''));
}

function invalidToken(): ServiceError {
  return refusal(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}

/** The date read last: all requests of one second have the same. */
const lastDate = { text: '', ms: 0 };

/** Epoch milliseconds of a `20260131T235959Z`. */
function parseBasicDate(date: string): number {
  if (date !== lastDate.text) {
    lastDate.ms = epochMs(date);
    lastDate.text = date;
  }
  return lastDate.ms;
}

function epochMs(date: string): number {
  const digits = Number(date.slice(0, 8)) * 1_000_000 + Number(date.slice(9, 15));
  const part = (place: number, size: number): number => Math.floor(digits / place) % size;
  const day = [part(1e10, 1e4), part(1e8, 100) - 1, part(1e6, 100)] as const;
  return Date.UTC(...day, part(1e4, 100), part(100, 100), part(1, 100));
}

/** `Signature expired: 20240522T115159Z is now earlier than 20240522T120519Z (20240522T121019Z - 5 min.)` */
function outOfTime(
  what: string,
  date: string,
  { now, window }: { readonly now: number; readonly window: number },
): ServiceError {
  const relation = window < 0 ? 'is now earlier than' : 'is still later than';
  const minutes = Math.round(Math.abs(window) / 60_000);
  const sum = `${basicDate(now)} ${window < 0 ? '-' : '+'} ${minutes} min.`;
  return refusal(
    'InvalidSignatureException',
    `${what}: ${date} ${relation} ${basicDate(now + window)} (${sum})`,
  );
}

function mismatch(canonical: string, stringToSign: string): ServiceError {
  return refusal(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n' +
      `The Canonical String for this request should have been\n'${canonical}'\n\n` +
      `The String-to-Sign should have been\n'${stringToSign}'\n`,
  );
}
