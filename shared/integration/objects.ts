// Reads single objects of S3 buckets: from the folder that stands for a bucket, or from the S3 endpoint of the configuration.
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { StringMap } from '#shared/model/records.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';
import type { ServiceAddress, ServiceDirectory } from './services.ts';

/** Where an object lies; without a version the newest is meant. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

/** An object as it was read. */
export interface FoundObject {
  readonly bytes: Buffer;
  /** The version read, where the bucket keeps versions. */
  readonly version?: string;
}

/** Reads objects. Throws `ObjectError` when there is none, it is too long, or nothing says where to look. */
export interface ObjectSource {
  read(region: string, at: ObjectAddress): Promise<FoundObject>;
}

/** Why an object cannot be had, as a sentence for who has named it. */
export class ObjectError extends Error {}

/** What the source is made of. */
export interface ObjectSourceOptions {
  /** Folders by the names of the buckets they stand for. */
  readonly buckets: StringMap;
  readonly services: ServiceDirectory;
  readonly clock: Clock;
  /** Longest object, in bytes. */
  readonly longest: number;
}

const TIMEOUT_MS = 10_000;
/** Asked for instead of AWS's own host, so that it is seen when nothing is configured: nobody's S3 is read by accident. */
const NOWHERE = 'not-configured.invalid';

/** Objects of the folders first, then of S3. */
export function createObjectSource(options: ObjectSourceOptions): ObjectSource {
  return {
    read: (region, at) => {
      const { buckets, services, longest } = options;
      const folder = Object.hasOwn(buckets, at.bucket) ? buckets[at.bucket] : undefined;
      if (folder !== undefined) return readFrom(folder, at, longest);
      const address = services.find(['s3'], NOWHERE);
      if (!address.url.includes(NOWHERE)) return fetchFrom(address, { ...options, region, at });
      const message = `nothing says where the bucket ${at.bucket} is: give it a folder in the setting buckets, or set AWS_ENDPOINT_URL_S3`;
      return Promise.reject(new ObjectError(message));
    },
  };
}

const missing = ({ bucket, key }: ObjectAddress) =>
  new ObjectError(`the object ${key} does not exist in the bucket ${bucket}`);

const tooLong = ({ key }: ObjectAddress, longest: number) =>
  new ObjectError(`the object ${key} is longer than ${longest} bytes`);

async function readFrom(folder: string, at: ObjectAddress, longest: number): Promise<FoundObject> {
  if (at.version !== undefined) {
    throw new ObjectError(`the bucket ${at.bucket} is a folder, which keeps no versions`);
  }
  const segments = at.key.split('/');
  if (segments.some((segment) => /^\.{0,2}$|[\\\0]/.test(segment))) throw missing(at);
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, ...segments))]);
    // A link must not lead out of the folder either.
    if (!path.startsWith(root + sep)) throw missing(at);
    const stats = await stat(path);
    if (!stats.isFile()) throw missing(at);
    if (stats.size > longest) throw tooLong(at, longest);
    return { bytes: await readFile(path) };
  } catch (cause) {
    if (cause instanceof ObjectError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') throw missing(at);
    throw new ObjectError(`the object ${at.key} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

interface Fetch extends ObjectSourceOptions {
  readonly region: string;
  readonly at: ObjectAddress;
}

async function fetchFrom(address: ServiceAddress, fetch: Fetch): Promise<FoundObject> {
  const { at, longest } = fetch;
  const { status, headers, bytes } = await send(address, fetch);
  if (status === 200) {
    if (bytes.length > longest) throw tooLong(at, longest);
    const version = headers['x-amz-version-id'];
    return { bytes, ...(version !== undefined && version !== 'null' ? { version } : {}) };
  }
  const code = /<Code>(\w{1,64})<\/Code>/.exec(bytes.toString('utf8', 0, 4096))?.[1];
  if (code === 'NoSuchBucket') throw new ObjectError(`the bucket ${at.bucket} does not exist`);
  if (code === 'NoSuchVersion' || (status === 400 && at.version !== undefined)) {
    throw new ObjectError(`the object ${at.key} has no version ${at.version ?? ''}`);
  }
  if (status === 404) throw missing(at);
  if (status === 403) throw new ObjectError(`S3 denies access to the object ${at.key}`);
  throw new ObjectError(`S3 answered ${status}${code === undefined ? '' : ` ${code}`}`);
}

async function send(address: ServiceAddress, fetch: Fetch): Promise<HttpAnswer> {
  const { region, at, clock } = fetch;
  const { origin, host, pathname } = new URL(address.url);
  const names = [at.bucket, ...at.key.split('/')].map(encoded).join('/');
  const query = at.version === undefined ? '' : `?versionId=${encoded(at.version)}`;
  const path = `${pathname.replace(/\/$/, '')}/${names}${query}`;
  const client = new HttpClient(clock);
  try {
    const signer = new RequestSigner(await address.keys(), 's3', {
      rawPath: true,
      statesHash: true,
    });
    const unsigned = { method: 'GET', path, host, headers: {}, body: Buffer.alloc(0) };
    const headers = signer.sign(unsigned, region);
    const request = { origin, path, method: 'GET', headers, body: null };
    return await client.send(request, { timeoutMs: TIMEOUT_MS, isWanted: true });
  } catch (cause) {
    const reason = cause instanceof GatewayError ? cause.detail : reasonOf(cause);
    throw new ObjectError(`S3 cannot be asked: ${reason}`, { cause });
  } finally {
    await client.close();
  }
}

/** As S3 wants the parts of a path and of its query encoded, and as they are signed. */
function encoded(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
