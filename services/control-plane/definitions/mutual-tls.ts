// The mutual TLS of a custom domain as its record has it: the truststore read from S3, checked, and kept as a blob.
import type { ControlContext } from '#shared/model/control.ts';
import type { MutualTlsRecord } from '#shared/model/records.ts';
import { ObjectError, type FoundObject, type ObjectAddress } from '#shared/integration/objects.ts';
import { domainsOf } from '#shared/store/keys.ts';
import { checkTruststore } from '../constraints/truststore.ts';
import type { ControlDeps } from '../deps.ts';
import { badRequest } from '../faults.ts';

/** What a request says of it. */
export interface MutualTlsInput {
  readonly TruststoreUri?: string | undefined;
  readonly TruststoreVersion?: string | undefined;
}

const S3_URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.{1,1024})$/s;

/**
 * What becomes of `old` by an input: absent keeps it, an empty URI turns it off, anything else reads the object again,
 * which is how a changed truststore is taken over. Refuses with 400 what cannot be read or trusted.
 */
export async function mutualTlsOf(
  deps: ControlDeps,
  context: ControlContext,
  {
    domainName,
    input,
    old,
  }: {
    readonly domainName: string;
    readonly input: MutualTlsInput | undefined;
    readonly old?: MutualTlsRecord;
  },
): Promise<MutualTlsRecord | undefined> {
  if (input === undefined) return old;
  const uri = input.TruststoreUri ?? old?.TruststoreUri ?? '';
  // A version belongs to its object.
  const kept = uri === old?.TruststoreUri ? old.TruststoreVersion : undefined;
  const version = input.TruststoreVersion ?? kept ?? '';
  if (uri === '') {
    if (version === '') return undefined;
    throw badRequest('A TruststoreVersion can only be specified together with a TruststoreUri.');
  }
  const at = addressOf(uri, version);
  const found = await read(deps, context, { uri, at });
  const warnings = checkTruststore(found.bytes.toString('latin1'));
  return {
    TruststoreUri: uri,
    ...(version === '' ? {} : { TruststoreVersion: version }),
    TruststoreWarnings: warnings,
    Truststore: await deps.blobs.put(found.bytes, {
      partition: domainsOf(context.region),
      sort: domainName,
    }),
    ...(found.version === undefined ? {} : { ReadVersion: found.version }),
  };
}

function addressOf(uri: string, version: string): ObjectAddress {
  const [, bucket, key] = S3_URI.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw badRequest(
      `Invalid truststore URI specified: ${uri}. It must be s3://bucket-name/key-name.`,
    );
  }
  return { bucket, key, ...(version === '' ? {} : { version }) };
}

async function read(
  { objects, logger }: ControlDeps,
  { region }: ControlContext,
  { uri, at }: { readonly uri: string; readonly at: ObjectAddress },
): Promise<FoundObject> {
  try {
    return await objects.read(region, at);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    logger.warn('a truststore cannot be read', { uri, error });
    throw badRequest(`The truststore ${uri} cannot be read: ${error.message}.`);
  }
}

/** The record as every operation answers it. */
export function mutualTlsView(record: MutualTlsRecord) {
  const { TruststoreUri, TruststoreVersion, TruststoreWarnings } = record;
  return {
    TruststoreUri,
    ...(TruststoreVersion === undefined ? {} : { TruststoreVersion }),
    ...(TruststoreWarnings.length === 0 ? {} : { TruststoreWarnings: [...TruststoreWarnings] }),
  };
}
