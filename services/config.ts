// Flags, then `POSTERN_*` variables, then `postern.yaml`: the only reader of all three; makes one frozen `Config` or tells every fault.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { CertificateFiles } from '#shared/model/certificates.ts';
import { AWS_LIMITS, OPEN_LIMITS, type Limits } from '#shared/model/limits.ts';
import {
  account,
  address,
  BadValue,
  certificateFiles,
  flag,
  mapOf,
  object,
  oneOf,
  origin,
  path,
  region,
  tablePrefix,
  text,
  url,
  whole,
  type Fault,
  type Field,
} from './config-fields.ts';
import { checkPlaces } from './config-places.ts';

const port = whole(0, 65_535);
const httpUrl = url('http', 'https');
const none = undefined;

/** Every setting but `limits`, which is a map over a profile. The keys are the names of the file and of `Config`. */
const FIELDS = {
  port: field(port, 8443, 'POSTERN_PORT'),
  adminPort: field(port, 8444, 'POSTERN_ADMIN_PORT'),
  host: field(address, '127.0.0.1', 'POSTERN_HOST'),
  adminHost: field(address, '127.0.0.1', 'POSTERN_ADMIN_HOST'),
  publicUrl: field<string | undefined>(httpUrl, none, 'POSTERN_PUBLIC_URL'),
  tls: field(flag, true, 'POSTERN_TLS'),
  ca: field<string | undefined>(path, none, 'POSTERN_CA'),
  data: field(path, '.postern', 'POSTERN_DATA'),
  dynamodb: field<string | undefined>(httpUrl, none, 'POSTERN_DYNAMODB', 'DYNAMODB_ENDPOINT'),
  redis: field<string | undefined>(url('redis', 'rediss'), none, 'POSTERN_REDIS', 'REDIS_URL'),
  tablePrefix: field(tablePrefix, 'postern', 'POSTERN_TABLE_PREFIX'),
  region: field(region, 'us-east-1', 'POSTERN_REGION'),
  account: field(account, '000000000000', 'POSTERN_ACCOUNT'),
  credentials: field<string | undefined>(path, none, 'POSTERN_CREDENTIALS'),
  endpoints: field<Readonly<Record<string, string>>>(mapOf(httpUrl), {}, 'POSTERN_ENDPOINTS'),
  vpcLinks: field<Readonly<Record<string, string>>>(mapOf(origin), {}, 'POSTERN_VPC_LINKS'),
  buckets: field<Readonly<Record<string, string>>>(mapOf(path), {}, 'POSTERN_BUCKETS'),
  pages: field<Readonly<Record<string, string>>>(mapOf(path), {}, 'POSTERN_PAGES'),
  accessLogs: field<Readonly<Record<string, string>>>(mapOf(path), {}, 'POSTERN_ACCESS_LOGS'),
  certificates: field<Readonly<Record<string, CertificateFiles>>>(
    mapOf(certificateFiles),
    {},
    'POSTERN_CERTIFICATES',
  ),
  template: field<string | undefined>(path, none, 'POSTERN_TEMPLATE'),
  stack: field<string | undefined>(text, none, 'POSTERN_STACK'),
  parameters: field<Readonly<Record<string, string>>>(mapOf(text), {}, 'POSTERN_PARAMETERS'),
  skipUnsupported: field(flag, false, 'POSTERN_SKIP_UNSUPPORTED'),
  deleteData: field(flag, false, 'POSTERN_DELETE_DATA'),
  watch: field(flag, false, 'POSTERN_WATCH'),
  json: field(flag, false, 'POSTERN_JSON'),
  test: field(flag, false, 'POSTERN_TEST'),
  compression: field(flag, false, 'POSTERN_COMPRESSION'),
  eventsPerEnvironment: field(whole(1, 10_000), 1, 'POSTERN_EVENTS_PER_ENVIRONMENT'),
  logLevel: field(oneOf('debug', 'info', 'warn', 'error'), 'info', 'POSTERN_LOG_LEVEL'),
} as const;

type Fields = { readonly [Name in keyof typeof FIELDS]: ReturnType<(typeof FIELDS)[Name]['read']> };

/** The whole configuration of a node, checked. Paths are absolute. */
export interface Config extends Fields {
  readonly limitsProfile: 'aws' | 'open';
  readonly limits: Limits;
  /** Keys for what the node calls outside itself: AWS's own variables, or some that any emulator takes. */
  readonly outsideCredentials: AccessKeys;
  /** Folder of the certificate authority: `--ca`, else `ca` in the data folder. */
  readonly caFolder: string;
}

/** Where settings come from. `flags` are keyed by setting name; absent ones were not given. */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Path of the file; default `postern.yaml` in `cwd`, which may be missing. */
  readonly file?: string;
}

/** The configuration is wrong; every fault at once. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ field: name, message }) => `${name}: ${message}`).join('\n'));
    this.faults = faults;
  }
}

/** Reads and checks everything; throws `ConfigError` with all faults. */
export function readConfig(sources: ConfigSources): Config {
  const faults: Fault[] = [];
  const file = readFile(sources, faults);
  const values = Object.fromEntries(
    Object.keys(FIELDS).map((name) => [name, readField(name, sources, file, faults)]),
  ) as unknown as Fields;
  const { limitsProfile, limits } = readLimits(sources, file, faults);
  checkUnknown(file, faults);
  const config: Config = {
    ...values,
    endpoints: { ...endpointsOf(sources.env, faults), ...values.endpoints },
    limitsProfile,
    limits,
    outsideCredentials: outsideCredentialsOf(sources.env),
    caFolder: values.ca ?? resolve(values.data, 'ca'),
  };
  const isEachSound = faults.length === 0;
  checkPlaces(config, faults);
  if (isEachSound) checkTogether(config, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

function field<T>(
  read: (value: unknown, base: string) => T,
  fallback: T,
  ...env: readonly string[]
): Field<T> {
  return { env, read, fallback };
}

interface FileValues {
  readonly base: string;
  readonly values: Readonly<Record<string, unknown>>;
}

function readFile(sources: ConfigSources, faults: Fault[]): FileValues {
  const given = sources.file ?? sources.env['POSTERN_CONFIG'];
  const path = resolve(sources.cwd, given ?? 'postern.yaml');
  const nothing = { base: sources.cwd, values: {} };
  if (given === undefined && !existsSync(path)) return nothing;
  try {
    const document: unknown = parse(readFileSync(path, 'utf8'));
    return { base: dirname(path), values: document === null ? {} : object(document) };
  } catch (error) {
    faults.push({ field: path, message: error instanceof Error ? error.message : String(error) });
    return nothing;
  }
}

function readField(
  name: string,
  sources: ConfigSources,
  file: FileValues,
  faults: Fault[],
): unknown {
  const { env, read, fallback } = FIELDS[name as keyof typeof FIELDS] as Field<unknown>;
  const variable = env.find((candidate) => (sources.env[candidate] ?? '') !== '');
  const attempt = (label: string, value: unknown, base: string): unknown => {
    try {
      return read(value, base);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push({ field: label, message: `${error.message}, not ${JSON.stringify(value)}` });
      return fallback;
    }
  };
  if (sources.flags[name] !== undefined) {
    return attempt(`--${dashed(name)}`, sources.flags[name], sources.cwd);
  }
  if (variable !== undefined) return attempt(variable, sources.env[variable], sources.cwd);
  if (Object.hasOwn(file.values, name)) return attempt(name, file.values[name], file.base);
  return read === path && typeof fallback === 'string' ? resolve(sources.cwd, fallback) : fallback;
}

/** `limits: aws`, `limits: open`, or a map with `profile` and any limit by name. */
function readLimits(
  sources: ConfigSources,
  file: FileValues,
  faults: Fault[],
): { limitsProfile: 'aws' | 'open'; limits: Limits } {
  const given = file.values['limits'];
  const overrides =
    typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
  const ofFile = typeof given === 'object' ? overrides['profile'] : given;
  const { field, named } = profileOf(sources, ofFile);
  const profile = named === 'open' ? 'open' : 'aws';
  if (named !== profile) faults.push({ field, message: 'must be aws or open' });
  const limits: Record<string, number> = { ...(profile === 'open' ? OPEN_LIMITS : AWS_LIMITS) };
  for (const [name, value] of Object.entries(overrides)) {
    if (name === 'profile') continue;
    if (!Object.hasOwn(limits, name)) {
      faults.push({ field: `limits.${name}`, message: 'is no limit' });
    } else if (typeof value !== 'number' || !(value > 0)) {
      faults.push({ field: `limits.${name}`, message: 'must be a number above 0' });
    } else {
      limits[name] = value;
    }
  }
  return { limitsProfile: profile, limits: Object.freeze(limits) as unknown as Limits };
}

/** The profile as it was named, and the field that named it. */
function profileOf(sources: ConfigSources, ofFile: unknown): { field: string; named: unknown } {
  const flag = sources.flags['limits'];
  if (flag !== undefined) return { field: '--limits', named: flag };
  const variable = sources.env['POSTERN_LIMITS'];
  if (variable !== undefined) return { field: 'POSTERN_LIMITS', named: variable };
  return { field: 'limits', named: ofFile ?? 'aws' };
}

function checkUnknown(file: FileValues, faults: Fault[]): void {
  for (const name of Object.keys(file.values)) {
    if (name !== 'limits' && !Object.hasOwn(FIELDS, name)) {
      faults.push({ field: name, message: 'is no setting' });
    }
  }
}

/** AWS's own variables for endpoints of other services: `AWS_ENDPOINT_URL_<SERVICE>`, and `AWS_ENDPOINT_URL` as `*`. */
function endpointsOf(env: ConfigSources['env'], faults: Fault[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const match = /^AWS_ENDPOINT_URL(?:_([A-Z0-9_]+))?$/.exec(name);
    if (match === null || value === undefined || value === '') continue;
    try {
      found[match[1]?.toLowerCase() ?? '*'] = httpUrl(value);
    } catch {
      faults.push({ field: name, message: 'must be a URL with http:// or https://' });
    }
  }
  return found;
}

function outsideCredentialsOf(env: ConfigSources['env']): AccessKeys {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? 'postern';
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? 'postern';
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Rules over several fields; what stands for a faulty one would break them. */
function checkTogether(config: Config, faults: Fault[]): void {
  const { credentials } = config;
  for (const name of ['host', 'adminHost'] as const) {
    if (!isLoopback(config[name]) && credentials === undefined) {
      faults.push({
        field: name,
        message: `listening on ${config[name]} needs credentials (POSTERN_CREDENTIALS): only a loopback address may be open`,
      });
    }
  }
  if (config.port !== 0 && config.port === config.adminPort && config.host === config.adminHost) {
    faults.push({ field: 'adminPort', message: `is the gateway's port ${config.port} too` });
  }
  if (config.test && !isLoopback(config.adminHost)) {
    faults.push({
      field: 'test',
      message: 'anybody may reset: the admin listener must be on a loopback address',
    });
  }
  if (config.watch && config.template === undefined) {
    faults.push({ field: 'watch', message: 'needs a template' });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
