// The parts of a SigV4 signature as a request carries them, in its Authorization header or in its query.
import { hash } from 'node:crypto';
import { ServiceError } from './service-error.ts';
import { headerValue, parseQuery, type QueryPair, splitUrl, type WireRequest } from './wire.ts';

/** Scope of a signature: `{day}/{region}/{service}/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `20260131` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** A signature with what it says of itself. */
export interface Signature {
  readonly scope: CredentialScope;
  /** Credential exactly as sent: key of the cache of derived keys. */
  readonly credential: string;
  /** Lower-case names, separated by semicolons, as sent. */
  readonly signedHeaders: string;
  /** 64 hex digits on a good request; whatever was sent. */
  readonly signature: string;
  /** `20260131T235959Z` */
  readonly date: string;
  readonly sessionToken?: string;
  /** Query-signed requests only: seconds for which it may be used. */
  readonly expires?: number;
}

/** The parts of a request that are looked at. */
export type SignedRequest = Omit<WireRequest, 'body'> & { readonly body: Uint8Array };

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Every refusal is 403, as API Gateway and Lambda answer. */
export function refusal(type: string, message: string): ServiceError {
  return new ServiceError(type, 403, message);
}

function incomplete(message: string): ServiceError {
  return refusal('IncompleteSignatureException', message);
}

/** Reads the signature; throws MissingAuthenticationTokenException or IncompleteSignatureException. */
export function readSignature(request: SignedRequest): Signature {
  const authorization = headerValue(request.rawHeaders, 'authorization');
  if (authorization !== undefined) return fromHeader(request.rawHeaders, authorization);
  const query = signedQuery(request.url);
  if (query) return fromQuery(query);
  throw refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** Scope of a request's signature, signed well or not; `undefined` when it carries none that can be read. */
export function scopeOf(
  request: Pick<SignedRequest, 'url' | 'rawHeaders'>,
): CredentialScope | undefined {
  const authorization = headerValue(request.rawHeaders, 'authorization');
  const credential =
    authorization === undefined
      ? signedQuery(request.url)?.get('X-Amz-Credential')
      : /Credential=([^,\s]+)/.exec(authorization)?.[1];
  return credential === undefined ? undefined : parseCredential(credential);
}

/** The form that signers write; every other one is taken apart with care. */
const USUAL =
  /^AWS4-HMAC-SHA256 Credential=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([^,\s]+)$/;

function fromHeader(rawHeaders: readonly string[], authorization: string): Signature {
  const date = headerValue(rawHeaders, 'x-amz-date') ?? isoBasic(headerValue(rawHeaders, 'date'));
  const usual = USUAL.exec(authorization);
  const parts = usual ?? authorizationParts(authorization);
  const [, credential, signedHeaders, signature] = parts;
  if (!credential || !signature || !signedHeaders || !date) {
    throw missingParts({ credential, signature, signedHeaders, date }, authorization);
  }
  const sessionToken = headerValue(rawHeaders, 'x-amz-security-token');
  return {
    credential,
    scope: scopeFrom(credential),
    signature,
    signedHeaders,
    date: checkDate(date),
    ...(sessionToken ? { sessionToken } : {}),
  };
}

type Parts = Readonly<
  Record<'credential' | 'signature' | 'signedHeaders' | 'date', string | undefined>
>;

function missingParts(parts: Parts, authorization: string): ServiceError {
  const missing = [
    ...(parts.credential ? [] : [requires(`'Credential' parameter`)]),
    ...(parts.signature ? [] : [requires(`'Signature' parameter`)]),
    ...(parts.signedHeaders ? [] : [requires(`'SignedHeaders' parameter`)]),
    ...(parts.date ? [] : [requires(`existence of either a 'X-Amz-Date' or a 'Date' header`)]),
  ];
  return incomplete(`${missing.join(' ')} ${hashed(authorization)}`);
}

function requires(what: string): string {
  return `Authorization header requires ${what}.`;
}

/** The header is never echoed: it may hold somebody's token. */
function hashed(authorization: string): string {
  const digest = hash('sha256', authorization, 'base64');
  return `(Hashed with SHA-256 and encoded with Base64) Authorization=${digest}`;
}

/** The parts in the order of `USUAL`'s groups; throws for what is no list of pairs. */
function authorizationParts(authorization: string): readonly (string | undefined)[] {
  const space = authorization.indexOf(' ');
  const algorithm = space < 0 ? authorization : authorization.slice(0, space);
  if (algorithm !== ALGORITHM) throw notSigned(authorization, algorithm);
  const parts = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(',')) {
    const text = part.trim();
    const equals = text.indexOf('=');
    if (equals > 0) parts.set(text.slice(0, equals), text.slice(equals + 1));
    else if (text !== '') throw badPair(text);
  }
  return ['', parts.get('Credential'), parts.get('SignedHeaders'), parts.get('Signature')];
}

function notSigned(authorization: string, algorithm: string): ServiceError {
  if (algorithm.startsWith('AWS')) return incomplete(`Unsupported AWS 'algorithm': '${algorithm}'`);
  return badPair(authorization);
}

function badPair(text: string): ServiceError {
  const digest = hash('sha256', text, 'base64');
  return incomplete(
    'Invalid key=value pair (missing equal-sign) in Authorization header ' +
      `(hashed with SHA-256 and encoded with Base64): '${digest}'.`,
  );
}

/** Parameters of a query-signed request, `undefined` for others. */
function signedQuery(url: string): Map<string, string> | undefined {
  const { query } = splitUrl(url);
  if (!query.includes('X-Amz-')) return undefined;
  const pairs = safeQuery(query).filter(([name]) => name.startsWith('X-Amz-'));
  return pairs.length === 0 ? undefined : new Map(pairs);
}

function safeQuery(query: string): QueryPair[] {
  try {
    return parseQuery(query);
  } catch {
    throw incomplete('The query has a broken percent-encoding.');
  }
}

const QUERY_PARTS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const;

function fromQuery(query: ReadonlyMap<string, string>): Signature {
  const missing = QUERY_PARTS.filter((name) => !query.get(name));
  if (missing.length > 0) {
    const sentences = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
    throw incomplete(`${sentences.join(' ')} Re-examine the query-string parameters.`);
  }
  const [algorithm = '', credential = '', signature = '', signedHeaders = '', date = ''] =
    QUERY_PARTS.map((name) => query.get(name));
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'`);
  const sessionToken = query.get('X-Amz-Security-Token');
  const parsed = { credential, scope: scopeFrom(credential), signature, signedHeaders };
  const expires = readExpires(query.get('X-Amz-Expires'));
  return { ...parsed, date: checkDate(date), expires, ...(sessionToken ? { sessionToken } : {}) };
}

const DEFAULT_EXPIRES = 300;
const LONGEST_EXPIRES = 604_800;

function readExpires(text: string | undefined): number {
  if (text === undefined) return DEFAULT_EXPIRES;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= LONGEST_EXPIRES) return seconds;
  throw incomplete(`X-Amz-Expires must be a number of seconds up to ${LONGEST_EXPIRES}.`);
}

/** The credential read last: whoever sends many requests sends the same with each. */
let last: { readonly credential: string; readonly scope: CredentialScope } | undefined;

function scopeFrom(credential: string): CredentialScope {
  if (last?.credential === credential) return last.scope;
  const scope = parseCredential(credential);
  if (scope) {
    last = { credential, scope };
    return scope;
  }
  throw incomplete(
    'Credential must have exactly 5 slash-delimited elements, e.g. ' +
      `keyid/date/region/service/term, got '${credential.replace(/^[^/]*/, '…')}'`,
  );
}

function parseCredential(credential: string): CredentialScope | undefined {
  const parts = credential.split('/');
  const [accessKeyId = '', day = '', region = '', service = '', term] = parts;
  if (parts.length !== 5 || term !== 'aws4_request' || !accessKeyId) return undefined;
  return { accessKeyId, day, region, service };
}

const ISO_BASIC = /^\d{8}T\d{6}Z$/;

function checkDate(date: string): string {
  if (ISO_BASIC.test(date)) return date;
  throw incomplete(
    "Date must be in ISO-8601 'basic format'. " +
      `Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

/** A `Date` header in either form. */
function isoBasic(date: string | undefined): string | undefined {
  if (date === undefined || ISO_BASIC.test(date)) return date;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? date : basicDate(ms);
}

/** `20260131T235959Z` of epoch milliseconds. */
export function basicDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
