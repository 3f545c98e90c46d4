// DescribeCertificate, GetCertificate and ListCertificates.
import type { CertificateRecord } from '#shared/model/certificates.ts';
import { certificateDetail, certificateSummary, originOf } from '../view.ts';
import { arnOf, need, statusOf, type AcmDeps } from '../deps.ts';
import { checkChoice, checkRange } from '../constraints.ts';
import { invalid } from '../faults.ts';
import type { AcmHandlers, AcmInput } from '../model.ts';

type Listing = AcmInput<'ListCertificates'>;

const LONGEST_PAGE = 1000;
const STATUSES = [
  'PENDING_VALIDATION',
  'ISSUED',
  'INACTIVE',
  'EXPIRED',
  'VALIDATION_TIMED_OUT',
  'REVOKED',
  'FAILED',
];
/** AWS: "By default, ListCertificates returns only RSA_1024 and RSA_2048"; others have to be asked for by `keyTypes`. */
const DEFAULT_KEYS = ['RSA_1024', 'RSA_2048'];

/** Handlers that only read. */
export function readHandlers(
  deps: AcmDeps,
): Pick<AcmHandlers, 'DescribeCertificate' | 'GetCertificate' | 'ListCertificates'> {
  return {
    DescribeCertificate: async ({ CertificateArn: arn }, context) => {
      const { value } = await need(deps, arn, context);
      const users = await deps.certificates.usersOf(context.region, arn);
      return { Certificate: certificateDetail(value, { arn, users, now: deps.now() }) };
    },
    GetCertificate: async ({ CertificateArn: arn }, context) => {
      const { value } = await need(deps, arn, context);
      const CertificateChain = await deps.certificates.chainOf(value);
      const { Certificate } = value;
      return { Certificate, ...(CertificateChain === '' ? {} : { CertificateChain }) };
    },
    ListCertificates: async (input, { region, accountId }) => {
      checkListing(input);
      const users = await deps.certificates.users(region);
      const wanted = (await deps.certificates.list(region))
        .map(({ value }) => value)
        .filter((record) => isWanted(record, input, deps.now()));
      const { page, next } = pageOf(wanted, input);
      const now = deps.now();
      const CertificateSummaryList = page.map((record) => {
        const arn = arnOf(record, accountId);
        return certificateSummary(record, { arn, users: users.get(arn) ?? [], now });
      });
      return { CertificateSummaryList, ...(next === undefined ? {} : { NextToken: next }) };
    },
  };
}

function checkListing({ MaxItems, CertificateStatuses = [], SortBy, SortOrder }: Listing): void {
  checkRange('maxItems', MaxItems, [1, LONGEST_PAGE]);
  for (const [at, status] of CertificateStatuses.entries()) {
    checkChoice(`certificateStatuses.${at + 1}.member`, status, STATUSES);
  }
  checkChoice('sortBy', SortBy, ['CREATED_AT']);
  checkChoice('sortOrder', SortOrder, ['ASCENDING', 'DESCENDING']);
  if ((SortBy === undefined) !== (SortOrder === undefined)) {
    throw invalid('SortBy and SortOrder must be given together.');
  }
}

function isWanted(
  record: CertificateRecord,
  { CertificateStatuses, Includes = {}, CertificateKeyPairOrigins }: Listing,
  now: number,
): boolean {
  const { keyTypes = DEFAULT_KEYS, keyUsage, extendedKeyUsage, exportOption, managedBy } = Includes;
  if (!(keyTypes as readonly string[]).includes(record.KeyAlgorithm)) return false;
  if (CertificateStatuses?.some((status) => status === statusOf(record, now)) === false)
    return false;
  if (exportOption === 'ENABLED') return false;
  if (managedBy !== undefined && managedBy !== record.ManagedBy) return false;
  if (CertificateKeyPairOrigins?.some((origin) => origin === originOf(record)) === false)
    return false;
  const extended = record.ExtendedKeyUsages.map(({ Name }) => Name);
  return hasAll(keyUsage, record.KeyUsages) && hasAll(extendedKeyUsage, extended);
}

function hasAll(wanted: readonly string[] | undefined, present: readonly string[]): boolean {
  return (wanted ?? []).every((name) => present.includes(name));
}

type Place = Pick<CertificateRecord, 'CreatedAt' | 'CertificateId'>;

/** By creation where that is asked for, else by id. */
function orderOf({ SortBy, SortOrder }: Listing): (a: Place, b: Place) => number {
  const sign = SortOrder === 'DESCENDING' ? -1 : 1;
  return (a, b) => {
    const created = SortBy === undefined ? 0 : a.CreatedAt - b.CreatedAt;
    if (created !== 0) return sign * created;
    return a.CertificateId < b.CertificateId
      ? -sign
      : Number(a.CertificateId !== b.CertificateId) * sign;
  };
}

/** A token is the place of the last one of its page: what is deleted meanwhile does no harm. */
function pageOf(
  records: readonly CertificateRecord[],
  input: Listing,
): { readonly page: readonly CertificateRecord[]; readonly next?: string } {
  const { NextToken, MaxItems = LONGEST_PAGE } = input;
  const order = orderOf(input);
  const after = NextToken === undefined ? undefined : placeOf(NextToken);
  const left = records
    .filter((record) => after === undefined || order(record, after) > 0)
    .toSorted(order);
  const page = left.slice(0, MaxItems);
  const end = page.at(-1);
  return end !== undefined && left.length > page.length ? { page, next: tokenOf(end) } : { page };
}

function tokenOf({ CreatedAt, CertificateId }: Place): string {
  return Buffer.from(JSON.stringify([CreatedAt, CertificateId])).toString('base64url');
}

function placeOf(token: string): Place {
  const [CreatedAt, CertificateId] = decoded(token);
  if (typeof CreatedAt === 'number' && typeof CertificateId === 'string') {
    return { CreatedAt, CertificateId };
  }
  throw invalid('The NextToken is not valid.');
}

function decoded(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
  } catch {
    // The caller refuses it.
    return [];
  }
}
