// What the members of a function may be, beyond the SDK's schemas (Lambda API reference: CreateFunction, quotas).
import type { NodeRuntime } from './function-record.ts';
import { invalidParameter, notImplemented, violation } from './faults.ts';
import { RESERVED_VARIABLES } from './environment-variables.ts';
import type { LambdaInput } from './model.ts';

/** Everything that create and update have in common. */
export type Settings = Omit<LambdaInput<'UpdateFunctionConfiguration'>, 'Runtime'> & {
  readonly Runtime?: string;
};

/** AWS's Node.js runtimes; all of them run on this node's Node.js. Older than 12 are refused as AWS does. */
const NODE_RUNTIMES = ['12', '14', '16', '18', '20', '22', '24', '26'].map((n) => `nodejs${n}.x`);
/** Families of AWS's runtimes, all of which but one cannot run here. */
const OTHER_RUNTIME = /^(?:dotnet|go|java|nodejs|provided|python|ruby)[a-z]*[\d.]*(?:al\d+)?/;

const ROLE_TEXT = 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+';
const ROLE = new RegExp(`^${ROLE_TEXT}$`);
const ENVIRONMENT_BYTES = 4096;

/** Ranges of the numbers: member as errors name it, least and most. */
const RANGES = {
  Timeout: ['timeout', 1, 900],
  MemorySize: ['memorySize', 128, 10_240],
} as const;

/** Members that ask for what is not there yet; ignoring them would change what the function does. */
const NOT_THERE = {
  Layers: 'A function with layers',
  FileSystemConfigs: 'A function with file systems',
  ImageConfig: 'A function from a container image',
  CapacityProviderConfig: 'A function on a capacity provider',
  DurableConfig: 'A durable function',
  TenancyConfig: 'A function with tenant isolation',
  CodeSigningConfigArn: 'Code signing',
} as const;

/** Throws for the first member that AWS would refuse, or that this gateway does not have. */
export function checkSettings(settings: Partial<Settings>): void {
  checkNumbers(settings);
  checkTexts(settings);
  checkEnvironment(settings.Environment?.Variables ?? {});
  if (settings.SnapStart?.ApplyOn === 'PublishedVersions') {
    throw invalidParameter(
      `${settings.Runtime ?? 'Node.js'} is not supported for SnapStart enabled functions`,
    );
  }
  for (const [member, what] of Object.entries(NOT_THERE)) {
    const value = (settings as Readonly<Record<string, unknown>>)[member];
    if (value !== undefined && !isEmpty(value)) throw notImplemented(what);
  }
}

/** The runtime as one that runs here; throws for others, saying why. */
export function checkRuntime(runtime: string): NodeRuntime {
  if (NODE_RUNTIMES.includes(runtime)) return runtime as NodeRuntime;
  if (/^nodejs/.test(runtime) && OTHER_RUNTIME.test(runtime)) {
    throw invalidParameter(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  if (OTHER_RUNTIME.test(runtime)) {
    throw notImplemented(
      `Runtime ${runtime}: functions run in processes of this node's Node.js, so only ${NODE_RUNTIMES.join(', ')} can; it`,
    );
  }
  throw invalidParameter(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${NODE_RUNTIMES.join(', ')}] or be a valid ARN`,
  );
}

function checkNumbers(settings: Partial<Settings>): void {
  for (const [member, [name, least, most]] of Object.entries(RANGES)) {
    checkRange(name, settings[member as keyof typeof RANGES], [least, most]);
  }
  checkRange('ephemeralStorage.size', settings.EphemeralStorage?.Size, [512, 10_240]);
}

function checkRange(
  name: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): void {
  if (value === undefined) return;
  if (value < least) {
    throw violation(value, name, `Member must have value greater than or equal to ${least}`);
  }
  if (value > most) {
    throw violation(value, name, `Member must have value less than or equal to ${most}`);
  }
}

function checkTexts({
  Role,
  Handler,
  Description,
  TracingConfig,
  LoggingConfig,
}: Partial<Settings>): void {
  if (Role !== undefined && !ROLE.test(Role)) {
    throw violation(Role, 'role', `Member must satisfy regular expression pattern: ${ROLE_TEXT}`);
  }
  if (Handler !== undefined && !/^\S+$/.test(Handler)) {
    throw violation(Handler, 'handler', 'Member must satisfy regular expression pattern: [^\\s]+');
  }
  checkLength('handler', Handler, 128);
  checkLength('description', Description, 256);
  checkChoice('tracingConfig.mode', TracingConfig?.Mode, ['Active', 'PassThrough']);
  checkChoice('loggingConfig.logFormat', LoggingConfig?.LogFormat, ['JSON', 'Text']);
}

function checkLength(name: string, value: string | undefined, most: number): void {
  if (value !== undefined && value.length > most) {
    throw violation(value, name, `Member must have length less than or equal to ${most}`);
  }
}

/** Throws when `value` is none of `choices`. */
export function checkChoice(
  name: string,
  value: string | undefined,
  choices: readonly string[],
): void {
  if (value === undefined || choices.includes(value)) return;
  throw violation(value, name, `Member must satisfy enum value set: [${choices.join(', ')}]`);
}

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  for (const name of names) {
    if (!/^[a-zA-Z]\w+$/.test(name) || (variables[name] ?? '').includes('\0')) {
      throw violation(
        `{${name}=***}`,
        'environment.variables',
        'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
      );
    }
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > ENVIRONMENT_BYTES) {
    throw invalidParameter(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    );
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
