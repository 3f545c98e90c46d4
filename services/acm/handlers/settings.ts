// Options of a certificate, settings of the account, and the mails by which AWS would ask a name's owner.
import { certificateSettingsKey } from '#shared/store/keys.ts';
import { checkChoice, checkRange, checkToken } from '../constraints.ts';
import { edit, need, type AcmDeps } from '../deps.ts';
import { invalid, invalidState, invalidValidationDomain, notImplemented } from '../faults.ts';
import type { AcmHandlers } from '../model.ts';

/** AWS: DaysBeforeExpiry, "The default value is 45". */
export const DEFAULT_DAYS = 45;

/** A region's settings as they are stored. */
export interface RegionSettings {
  readonly DaysBeforeExpiry: number;
}

const SWITCH = ['ENABLED', 'DISABLED'];

/** Handlers of settings. */
export function settingHandlers(
  deps: AcmDeps,
): Pick<
  AcmHandlers,
  | 'UpdateCertificateOptions'
  | 'GetAccountConfiguration'
  | 'PutAccountConfiguration'
  | 'ResendValidationEmail'
> {
  return {
    UpdateCertificateOptions: async ({ CertificateArn: arn, Options }, context) => {
      const logging = Options.CertificateTransparencyLoggingPreference;
      checkChoice('options.certificateTransparencyLoggingPreference', logging, SWITCH);
      checkChoice('options.export', Options.Export, SWITCH);
      if (Options.Export === 'ENABLED') throw notImplemented('An exportable certificate');
      if (Options.ValidationMethod !== undefined) throw notImplemented('Another way of validation');
      await edit(deps, arn, {
        context,
        change: async (before) => {
          if (before.Type === 'IMPORTED')
            throw invalidState('An imported certificate has no options.');
          return logging === undefined ? before : { ...before, TransparencyLogging: logging };
        },
      });
    },
    GetAccountConfiguration: async (_input, { region }) => {
      const held = await deps.store.get<RegionSettings>(certificateSettingsKey(region));
      return { ExpiryEvents: { DaysBeforeExpiry: held?.value.DaysBeforeExpiry ?? DEFAULT_DAYS } };
    },
    PutAccountConfiguration: async ({ IdempotencyToken, ExpiryEvents }, { region }) => {
      checkToken(IdempotencyToken);
      const days = ExpiryEvents?.DaysBeforeExpiry;
      if (days === undefined) throw invalid('DaysBeforeExpiry is required in ExpiryEvents.');
      checkRange('expiryEvents.daysBeforeExpiry', days, [1, DEFAULT_DAYS]);
      const value: RegionSettings = { DaysBeforeExpiry: days };
      await deps.store.commit([{ op: 'put', key: certificateSettingsKey(region), value }]);
    },
    ResendValidationEmail: async ({ CertificateArn: arn, Domain }, context) => {
      const { value } = await need(deps, arn, context);
      if (!value.Names.includes(Domain.toLowerCase())) {
        throw invalidValidationDomain('Parameter Domain does not match certificate domain');
      }
      throw invalidState('The certificate is issued already; no domain waits for a validation.');
    },
  };
}
