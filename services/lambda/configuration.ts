// A function's record as the Lambda API shows it, and a record as create and update make it.
import { randomUUID } from 'node:crypto';
import { checkRuntime, checkSettings } from './constraints.ts';
import type { Settings } from './constraints.ts';
import { functionArn } from './function-record.ts';
import type { FunctionRecord } from './function-record.ts';
import type { LambdaOutput } from './model.ts';

/** AWS's `FunctionConfiguration`. */
export type Configuration = LambdaOutput<'GetFunctionConfiguration'>;

/** States as GetFunction shows them once all is done. */
export const SETTLED = { State: 'Active', LastUpdateStatus: 'Successful' } as const;
/** What CreateFunction answers while AWS still makes the function; here it is there already. */
export const CREATING = {
  State: 'Pending',
  StateReason: 'The function is being created.',
  StateReasonCode: 'Creating',
} as const;
/** What the two updates answer. */
export const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
} as const;

/** AWS's defaults (Lambda API reference, CreateFunction). */
const DEFAULTS = {
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  EphemeralStorageSize: 512,
  TracingMode: 'PassThrough',
  LogFormat: 'Text',
} as const;

/** What a new function has beside its settings. */
export interface NewFunction {
  readonly FunctionName: string;
  readonly Region: string;
  readonly Runtime: string;
  readonly Role: string;
  readonly Handler: string;
  readonly CodeHash: string;
  readonly CodeSize: number;
  readonly Architectures: readonly string[];
  readonly Tags: Readonly<Record<string, string>>;
}

/** Record of a new function. Throws for settings AWS would refuse. */
export function newRecord(
  given: NewFunction,
  settings: Partial<Settings>,
  now: number,
): FunctionRecord {
  checkSettings(settings);
  const Runtime = checkRuntime(given.Runtime);
  const LogGroup = `/aws/lambda/${given.FunctionName}`;
  const base = { ...DEFAULTS, ...given, Runtime, LogGroup };
  return { ...base, ...changes(settings), LastModified: now, RevisionId: randomUUID() };
}

/** The record after UpdateFunctionConfiguration; what is not given stays. */
export function updatedRecord(
  record: FunctionRecord,
  settings: Partial<Settings>,
  now: number,
): FunctionRecord {
  checkSettings({ ...settings, Runtime: settings.Runtime ?? record.Runtime });
  const { Environment, KMSKeyArn, ...rest } = record;
  const kept = {
    ...rest,
    ...(settings.Environment === undefined && Environment !== undefined ? { Environment } : {}),
    ...(settings.KMSKeyArn === undefined && KMSKeyArn !== undefined ? { KMSKeyArn } : {}),
  };
  return { ...kept, ...changes(settings), LastModified: now, RevisionId: randomUUID() };
}

/** The members of a record that `settings` say; an empty environment is none. */
function changes(settings: Partial<Settings>): Partial<FunctionRecord> {
  const { Runtime, Role, Handler, Description, Timeout, MemorySize, KMSKeyArn } = settings;
  const { Environment, EphemeralStorage, TracingConfig, LoggingConfig } = settings;
  const { DeadLetterConfig, VpcConfig } = settings;
  const variables = Environment?.Variables ?? {};
  return defined({
    Runtime: Runtime === undefined ? undefined : checkRuntime(Runtime),
    Role,
    Handler,
    Description,
    Timeout,
    MemorySize,
    KMSKeyArn: KMSKeyArn === '' ? undefined : KMSKeyArn,
    Environment: Object.keys(variables).length === 0 ? undefined : variables,
    EphemeralStorageSize: EphemeralStorage?.Size,
    TracingMode: TracingConfig?.Mode,
    LogFormat: LoggingConfig?.LogFormat,
    LogGroup: LoggingConfig?.LogGroup,
    DeadLetterTargetArn: DeadLetterConfig?.TargetArn,
    VpcConfig:
      VpcConfig === undefined
        ? undefined
        : {
            SubnetIds: VpcConfig.SubnetIds ?? [],
            SecurityGroupIds: VpcConfig.SecurityGroupIds ?? [],
          },
  });
}

function defined<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

/** The configuration of a function. `state` is what lists leave out. */
export function configurationOf(
  record: FunctionRecord,
  accountId: string,
  state: Partial<Configuration> = {},
): Configuration {
  const { FunctionName, Region, Environment, KMSKeyArn, DeadLetterTargetArn, VpcConfig } = record;
  return {
    FunctionName,
    FunctionArn: functionArn(Region, accountId, FunctionName),
    Runtime: record.Runtime,
    Role: record.Role,
    Handler: record.Handler,
    CodeSize: record.CodeSize,
    Description: record.Description,
    Timeout: record.Timeout,
    MemorySize: record.MemorySize,
    LastModified: lambdaDate(record.LastModified),
    CodeSha256: Buffer.from(record.CodeHash, 'hex').toString('base64'),
    Version: '$LATEST',
    ...(VpcConfig === undefined ? {} : { VpcConfig: { ...VpcConfig, VpcId: '' } }),
    ...(DeadLetterTargetArn === undefined
      ? {}
      : { DeadLetterConfig: { TargetArn: DeadLetterTargetArn } }),
    ...(Environment === undefined ? {} : { Environment: { Variables: Environment } }),
    ...(KMSKeyArn === undefined ? {} : { KMSKeyArn }),
    TracingConfig: { Mode: record.TracingMode },
    RevisionId: record.RevisionId,
    ...state,
    PackageType: 'Zip',
    Architectures: record.Architectures,
    EphemeralStorage: { Size: record.EphemeralStorageSize },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: record.LogFormat, LogGroup: record.LogGroup },
  };
}

/** `2025-11-24T10:00:00.000+0000`. */
function lambdaDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '+0000');
}
