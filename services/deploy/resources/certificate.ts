// AWS::CertificateManager::Certificate: issued by the node's own authority, at once.
import { createHash } from 'node:crypto';
import type { acm } from '../clients.ts';
import { isList, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { stringIn } from './definition.ts';
import type { Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';

const REPLACES: PropertySpec = { kind: 'string', replaces: true };

/** AWS: AWS::CertificateManager::Certificate. Ref is the ARN. */
export const CERTIFICATE: ResourceType = {
  type: 'AWS::CertificateManager::Certificate',
  properties: {
    CertificateAuthorityArn: { kind: 'string', refused: 'private authorities are not supported' },
    CertificateExport: { kind: 'string' },
    CertificateTransparencyLoggingPreference: { kind: 'string' },
    DomainName: { kind: 'string', required: true, replaces: true },
    DomainValidationOptions: { kind: 'list', replaces: true },
    KeyAlgorithm: REPLACES,
    SubjectAlternativeNames: { kind: 'list', replaces: true },
    Tags: { kind: 'tags' },
    ValidationMethod: REPLACES,
  },
  attributes: [],
  check: ({ CertificateExport: exported }, { path, faults }) => {
    if (exported !== 'ENABLED') return;
    faults.add(`${path}.CertificateExport`, 'exportable certificates are not supported');
  },
  create: async (properties, context) => {
    const certificates = await context.clients.certificates();
    const { DomainName, KeyAlgorithm, SubjectAlternativeNames, ValidationMethod } = properties;
    const input = {
      ...{ DomainName, KeyAlgorithm, SubjectAlternativeNames, ValidationMethod },
      DomainValidationOptions: validationDomains(properties['DomainValidationOptions']),
      Options: optionsOf(properties),
      Tags: tagsOf(properties['Tags']),
      IdempotencyToken: tokenOf(context),
    };
    const output = await certificates.requestCertificate(
      input as acm.RequestCertificateCommandInput,
    );
    return madeOf(stringIn(output, 'CertificateArn'));
  },
  update: async (properties, { made, changed }, context) => {
    const certificates = await context.clients.certificates();
    const { CertificateArn } = made.keys;
    if (changed.has('Tags')) await putTags(made.ref, properties['Tags'], context);
    if (changed.has('CertificateTransparencyLoggingPreference')) {
      const Options = optionsOf(properties) as acm.CertificateOptions;
      await certificates.updateCertificateOptions({ CertificateArn, Options });
    }
    return made;
  },
  exists: async ({ ref: CertificateArn }, { clients }) =>
    isObject(await (await clients.certificates()).describeCertificate({ CertificateArn })),
  remove: async (made, { clients }) => {
    await (await clients.certificates()).deleteCertificate({ CertificateArn: made.ref });
  },
};

function madeOf(arn: string): Made {
  return { ref: arn, attributes: {}, keys: { CertificateArn: arn } };
}

/** A request that was answered to nobody, since the deployment was killed, is not made twice. */
function tokenOf({ stack, logicalId }: ResourceContext): string {
  return createHash('sha256').update(`${stack.name}/${logicalId}`).digest('hex').slice(0, 32);
}

/** Of a template's options: hosted zones are where CloudFormation would write its proofs. */
function validationDomains(given: Json | undefined): JsonObject[] | undefined {
  const entries = isList(given) ? given.filter(isObject) : [];
  const named = entries.filter(({ ValidationDomain: domain }) => domain !== undefined);
  const options = named.map(({ DomainName = '', ValidationDomain = '' }) => ({
    ...{ DomainName, ValidationDomain },
  }));
  return options.length === 0 ? undefined : options;
}

function optionsOf(properties: JsonObject): JsonObject {
  const logging = properties['CertificateTransparencyLoggingPreference'];
  return { CertificateTransparencyLoggingPreference: logging ?? 'ENABLED' };
}

function tagsOf(tags: Json | undefined): acm.Tag[] | undefined {
  const entries = Object.entries(isObject(tags) ? (tags as Record<string, string>) : {});
  return entries.length === 0 ? undefined : entries.map(([Key, Value]) => ({ Key, Value }));
}

/** Certificates have no operation that sets all tags: those that left the template go first. */
async function putTags(
  CertificateArn: string,
  wanted: Json | undefined,
  { clients }: ResourceContext,
): Promise<void> {
  const certificates = await clients.certificates();
  const { Tags: present = [] } = await certificates.listTagsForCertificate({ CertificateArn });
  const next = tagsOf(wanted) ?? [];
  const gone = present.filter(({ Key }) => !next.some((tag) => tag.Key === Key));
  if (gone.length > 0) {
    const Tags = gone.map(({ Key }) => ({ Key }));
    await certificates.removeTagsFromCertificate({ CertificateArn, Tags });
  }
  if (next.length > 0) await certificates.addTagsToCertificate({ CertificateArn, Tags: next });
}
