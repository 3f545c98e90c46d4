// DeleteCertificate, and ExportCertificate, which gives nothing away.
import { nameIn, need, type AcmDeps } from '../deps.ts';
import { certificateNotFound, inUse, invalid } from '../faults.ts';
import type { AcmHandlers } from '../model.ts';

/** Handlers of what ends a certificate or takes it out. */
export function removeHandlers(
  deps: AcmDeps,
): Pick<AcmHandlers, 'DeleteCertificate' | 'ExportCertificate'> {
  return {
    DeleteCertificate: async ({ CertificateArn: arn }, context) => {
      const outcome = await deps.certificates.remove(nameIn(arn, context), arn);
      if (outcome === 'missing') throw certificateNotFound(arn);
      if (outcome === 'in use') throw inUse(arn, context.accountId);
    },
    ExportCertificate: async ({ CertificateArn: arn }, context) => {
      await need(deps, arn, context);
      throw invalid(`Certificate ARN: ${arn} is not a private certificate`);
    },
  };
}
