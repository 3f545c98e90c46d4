// ImportCertificate: a certificate of somebody else's authority, new or in the place of one that was imported before.
import { randomUUID } from 'node:crypto';
import type { CertificateRecord } from '#shared/model/certificates.ts';
import { arnOf, edit, nameIn, type AcmDeps } from '../deps.ts';
import { checkSizes, checkTagCount, checkTags } from '../constraints.ts';
import { invalid } from '../faults.ts';
import { checkMaterial, type Material } from '../material.ts';
import type { AcmHandlers, AcmInput } from '../model.ts';
import { importedRecord } from '../record.ts';
import { tagsOf } from './tags.ts';

/** Handler of imports. */
export function importHandlers(deps: AcmDeps): Pick<AcmHandlers, 'ImportCertificate'> {
  return {
    ImportCertificate: async (input, context) => {
      checkSizes(input);
      checkTags(input.Tags);
      const { CertificateArn: arn, Tags = [] } = input;
      if (arn !== undefined && Tags.length > 0)
        throw invalid('Tagging is not permitted on re-import.');
      if (arn !== undefined) nameIn(arn, context);
      const material = materialOf(input, deps);
      if (arn === undefined) {
        checkTagCount(Tags);
        const name = { region: context.region, id: randomUUID() };
        const beside = { Tags: tagsOf(Tags) };
        const record = await importedRecord(name, material, { ...deps, beside });
        await deps.certificates.put(record, 0);
        return { CertificateArn: arnOf(record, context.accountId) };
      }
      const change = (before: CertificateRecord) => reimported(before, material, deps);
      await edit(deps, arn, { context, change });
      return { CertificateArn: arn };
    },
  };
}

function materialOf(input: AcmInput<'ImportCertificate'>, { now }: AcmDeps): Material {
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
  const given = {
    certificate: text(input.Certificate),
    key: text(input.PrivateKey),
    chain: text(input.CertificateChain),
  };
  return checkMaterial(given, { now: now(), needsChain: true });
}

/** AWS user guide, import-reimport: only imported ones, and the kind of key stays. */
function reimported(
  before: CertificateRecord,
  material: Material,
  deps: AcmDeps,
): Promise<CertificateRecord> {
  if (before.Type !== 'IMPORTED') {
    throw invalid(
      'The certificate was not imported; only imported certificates can be reimported.',
    );
  }
  if (before.KeyAlgorithm !== material.keyAlgorithm) {
    throw invalid(
      `The key algorithm of a certificate cannot be changed: it is ${before.KeyAlgorithm}, not ${material.keyAlgorithm}.`,
    );
  }
  const name = { region: before.Region, id: before.CertificateId };
  return importedRecord(name, material, { ...deps, before, beside: { Tags: before.Tags } });
}
