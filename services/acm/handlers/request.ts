// RequestCertificate and RenewCertificate: the local authority issues at once, since it needs no proof of a name.
import { createHash, randomUUID } from 'node:crypto';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { certificateRequestKey } from '#shared/store/keys.ts';
import { certificateArn } from '#shared/runtime/certificate-arn.ts';
import {
  checkAlternatives,
  checkChoice,
  checkDomain,
  checkTagCount,
  checkTags,
  checkToken,
  checkValidationMethod,
  keyAlgorithm,
} from '../constraints.ts';
import { arnOf, edit, type AcmDeps } from '../deps.ts';
import { invalid, invalidValidationDomain, notImplemented } from '../faults.ts';
import type { AcmHandlers, AcmInput } from '../model.ts';
import { issuedRecord, renewedRecord, type Beside } from '../record.ts';
import { tagsOf } from './tags.ts';

type Request = AcmInput<'RequestCertificate'>;

/** AWS: "If you use the same idempotency token … within one hour, ACM recognizes that you are requesting only one". */
const TOKEN_MS = 3_600_000;

/** Handlers of what the local authority makes. */
export function requestHandlers(
  deps: AcmDeps,
): Pick<AcmHandlers, 'RequestCertificate' | 'RenewCertificate'> {
  return {
    RequestCertificate: async (input, context) => {
      checkRequest(input);
      const { IdempotencyToken: token } = input;
      if (token === undefined) return { CertificateArn: await issue(deps, input, context) };
      return { CertificateArn: await issueOnce(deps, input, context) };
    },
    RenewCertificate: async ({ CertificateArn: arn }, context) => {
      await edit(deps, arn, {
        context,
        change: async (before) => {
          if (before.Type === 'AMAZON_ISSUED') return renewedRecord(before, deps);
          throw invalid('An imported certificate cannot be renewed; import it again.');
        },
      });
    },
  };
}

function checkRequest(input: Request): void {
  checkDomain(input.DomainName, 'domainName');
  checkAlternatives(input.SubjectAlternativeNames);
  checkToken(input.IdempotencyToken);
  checkValidationMethod(input.ValidationMethod);
  checkChoice('managedBy', input.ManagedBy, ['CLOUDFRONT']);
  checkTags(input.Tags);
  checkTagCount(input.Tags ?? []);
  if (input.CertificateAuthorityArn !== undefined) {
    throw notImplemented('A certificate of a private authority');
  }
  if (input.Options?.Export === 'ENABLED') throw notImplemented('An exportable certificate');
  const names = namesOf(input);
  for (const { DomainName, ValidationDomain } of input.DomainValidationOptions ?? []) {
    const within = DomainName === ValidationDomain || DomainName.endsWith(`.${ValidationDomain}`);
    if (names.includes(DomainName.toLowerCase()) && within) continue;
    throw invalidValidationDomain(
      `Domain ${DomainName} is not a part of the certificate request, or ${ValidationDomain} is no domain above it.`,
    );
  }
}

/** The name asked for comes first and once, as on AWS. */
function namesOf({ DomainName, SubjectAlternativeNames = [] }: Request): string[] {
  const names = [DomainName, ...SubjectAlternativeNames].map((name) => name.toLowerCase());
  return [...new Set(names)];
}

async function issue(
  deps: AcmDeps,
  input: Request,
  { region, accountId }: ControlContext,
): Promise<string> {
  const record = await newRecord(deps, input, { region, id: randomUUID() });
  await deps.certificates.put(record, 0);
  return arnOf(record, accountId);
}

/** One certificate for all requests of one token that ask for the same, on any node. */
async function issueOnce(deps: AcmDeps, input: Request, context: ControlContext): Promise<string> {
  const key = certificateRequestKey(context.region, hashOf(input));
  const name = { region: context.region, id: randomUUID() };
  const held = await deps.store.get<{ id: string; at: number }>(key);
  if (held !== undefined && held.value.at + TOKEN_MS > deps.now()) {
    const made = { ...name, id: held.value.id };
    // It may have been deleted since.
    if ((await deps.certificates.get(made)) !== undefined) {
      return certificateArn(made, context.accountId);
    }
  }
  const record = await newRecord(deps, input, name);
  try {
    const value = { id: name.id, at: deps.now() };
    await deps.certificates.put(record, 0, [{ op: 'put', key, value, expect: held?.version ?? 0 }]);
  } catch (error) {
    // Somebody has just asked for the same: the answer is theirs.
    if (error instanceof ConflictError) return issueOnce(deps, input, context);
    throw error;
  }
  return arnOf(record, context.accountId);
}

function hashOf(input: Request): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex');
}

function newRecord(deps: AcmDeps, input: Request, name: { region: string; id: string }) {
  const wanted = {
    domainName: input.DomainName.toLowerCase(),
    names: namesOf(input),
    keyAlgorithm: keyAlgorithm(input.KeyAlgorithm),
  };
  return issuedRecord(name, wanted, { ...deps, beside: besideOf(input) });
}

function besideOf({
  ValidationMethod,
  DomainValidationOptions,
  Options,
  ...input
}: Request): Beside {
  const domains = (DomainValidationOptions ?? []).map(
    ({ DomainName, ValidationDomain }) => [DomainName.toLowerCase(), ValidationDomain] as const,
  );
  const logging = Options?.CertificateTransparencyLoggingPreference;
  return {
    Tags: tagsOf(input.Tags ?? []),
    ValidationMethod: ValidationMethod ?? 'EMAIL',
    ...(domains.length === 0 ? {} : { ValidationDomains: Object.fromEntries(domains) }),
    ...(logging === undefined ? {} : { TransparencyLogging: logging }),
    ...(input.ManagedBy === undefined ? {} : { ManagedBy: input.ManagedBy }),
  };
}
