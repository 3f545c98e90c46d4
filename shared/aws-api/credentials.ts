// Who may sign requests: the profiles of an AWS-style credentials file, and keys that the node gives out itself.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compilePolicy } from '#shared/authorizer/policy.ts';
import { PolicyFault } from '#shared/authorizer/policy-fault.ts';
import type { Principal } from '#shared/model/control.ts';

/** Name of the principal that the node's functions sign as. */
export const FUNCTIONS = 'functions';

/** A key pair and whose it is. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** When there is one, requests must carry it. */
  readonly sessionToken?: string;
  readonly principal: Principal;
}

/** Where signatures are looked up. */
export interface CredentialSource {
  /** No credentials are configured: every access key with every signature is let in (`auth: open`). */
  readonly open: boolean;
  find(accessKeyId: string): Credential | undefined;
}

/** A credentials file that cannot be used; the message names file, profile and setting. */
export class CredentialsFault extends Error {}

/** A set of credentials that can grow: functions get their own keys while the node runs. */
export class Credentials implements CredentialSource {
  readonly open: boolean;
  readonly #known = new Map<string, Credential>();

  constructor(known: Iterable<Credential>, { open }: { readonly open: boolean }) {
    this.open = open;
    for (const credential of known) this.add(credential);
  }

  find(accessKeyId: string): Credential | undefined {
    return this.#known.get(accessKeyId);
  }

  /** Adds or replaces a key. */
  add(credential: Credential): void {
    this.#known.set(credential.accessKeyId, credential);
  }

  remove(accessKeyId: string): void {
    this.#known.delete(accessKeyId);
  }
}

/** The source of a node without configured credentials. */
export function openCredentials(): Credentials {
  return new Credentials([], { open: true });
}

/**
 * Reads a credentials file (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html). Each profile
 * is a principal; beside AWS's settings it may have `policy`: IAM policy JSON, or the path of a file with it, relative
 * to the credentials file. Throws `CredentialsFault`.
 */
export function readCredentialsFile(path: string): Credentials {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CredentialsFault(`${path} cannot be read`, { cause });
  }
  const known = parseProfiles(text, path).map((profile) => toCredential(profile, path));
  if (known.length === 0) throw new CredentialsFault(`${path} has no profile`);
  return new Credentials(known, { open: false });
}

interface Profile {
  readonly name: string;
  readonly settings: Map<string, string>;
}

function parseProfiles(text: string, path: string): Profile[] {
  const profiles: Profile[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(?:profile\s+)?([^\]]+)\]$/.exec(line);
    const setting = /^([A-Za-z_]+)\s*=\s*(.*)$/.exec(line);
    const current = profiles.at(-1);
    if (header?.[1] !== undefined) profiles.push({ name: header[1].trim(), settings: new Map() });
    else if (setting?.[1] !== undefined && current !== undefined) {
      current.settings.set(setting[1].toLowerCase(), setting[2] ?? '');
    } else throw new CredentialsFault(`${path}:${index + 1} is neither a profile nor a setting`);
  }
  return profiles;
}

function toCredential({ name, settings }: Profile, path: string): Credential {
  const accessKeyId = required(settings, 'aws_access_key_id', { name, path });
  const secretAccessKey = required(settings, 'aws_secret_access_key', { name, path });
  const sessionToken = settings.get('aws_session_token');
  const policy = settings.get('policy');
  const principal: Principal = {
    name,
    accessKeyId,
    ...(policy === undefined ? {} : { policy: readPolicy(policy, { name, path }) }),
  };
  return {
    accessKeyId,
    secretAccessKey,
    principal,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

interface Place {
  readonly name: string;
  readonly path: string;
}

function required(settings: Map<string, string>, key: string, { name, path }: Place): string {
  const value = settings.get(key);
  if (value) return value;
  throw new CredentialsFault(`${path}: profile ${name} has no ${key}`);
}

function readPolicy(policy: string, { name, path }: Place): unknown {
  const document = parsePolicy(policy, { name, path });
  try {
    compilePolicy(document);
  } catch (cause) {
    if (!(cause instanceof PolicyFault)) throw cause;
    const message = `${path}: profile ${name} has a policy that is none of IAM: ${cause.message}`;
    throw new CredentialsFault(message, { cause });
  }
  return document;
}

function parsePolicy(policy: string, { name, path }: Place): unknown {
  try {
    const text = policy.startsWith('{')
      ? policy
      : readFileSync(resolve(dirname(path), policy), 'utf8');
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CredentialsFault(`${path}: profile ${name} has a policy that is not JSON`, { cause });
  }
}
