// The settings of a node as a table: flag, variable, place in the file, how a text or value becomes a setting, default.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { CertificateFiles } from '#shared/model/certificates.ts';

/** One fault of the configuration: the field's path and what is wrong with it. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

/** Thrown by a reader; the table's owner turns it into a `Fault`. */
export class BadValue extends Error {}

/** How one setting is read. `read` gets a text (flag, variable) or a value of the file; it throws `BadValue`. */
export interface Field<T> {
  /** Variables that may carry it, the first one found wins. */
  readonly env: readonly string[];
  readonly read: (value: unknown, base: string) => T;
  readonly fallback: T;
}

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/** Text that must not be empty. */
export function text(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value === '') throw new BadValue('must be a text');
  return value;
}

/** Whole number from `min` to `max`. */
export function whole(min: number, max: number): (value: unknown) => number {
  return (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw new BadValue(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

/** `true`/`false`, `on`/`off`, `1`/`0`. */
export function flag(value: unknown): boolean {
  if (value === true || value === 'true' || value === 'on' || value === '1') return true;
  if (value === false || value === 'false' || value === 'off' || value === '0') return false;
  throw new BadValue('must be on or off');
}

/** One of `choices`. */
export function oneOf<T extends string>(...choices: readonly T[]): (value: unknown) => T {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new BadValue(`must be ${choices.join(' or ')}`);
    return found;
  };
}

/** URL with one of `schemes`. */
export function url(...schemes: readonly string[]): (value: unknown) => string {
  return (value) => {
    const given = text(value);
    const parsed = URL.canParse(given) ? new URL(given) : undefined;
    if (parsed === undefined || !schemes.includes(parsed.protocol.slice(0, -1))) {
      throw new BadValue(
        `must be a URL with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
      );
    }
    return given.replace(/\/$/, '');
  };
}

/** `http://host:port` or `https://host:port`, without a path. */
export function origin(value: unknown): string {
  const given = url('http', 'https')(value);
  const parsed = new URL(given);
  if (parsed.href !== `${parsed.origin}/`) throw new BadValue('must end after host and port');
  return parsed.origin;
}

/** Path, made absolute against the folder of its source. */
export function path(value: unknown, base: string): string {
  return resolve(base, text(value));
}

/** Address to listen on: an IP address or `localhost`. */
export function address(value: unknown): string {
  const given = text(value);
  if (isIP(given) === 0 && given !== 'localhost')
    throw new BadValue('must be an IP address or localhost');
  return given;
}

/** An AWS region name. */
export function region(value: unknown): string {
  const given = text(value);
  if (!REGION.test(given)) throw new BadValue('must be a region name such as us-east-1');
  return given;
}

/** A 12-digit account id. */
export function account(value: unknown): string {
  const given = text(value);
  if (!/^\d{12}$/.test(given)) throw new BadValue('must be 12 digits');
  return given;
}

/** A DynamoDB table name's beginning. */
export function tablePrefix(value: unknown): string {
  const given = text(value);
  if (!/^[A-Za-z0-9_.-]{1,200}$/.test(given)) {
    throw new BadValue('must be up to 200 of A-Z a-z 0-9 _ . -');
  }
  return given;
}

/** Files of a certificate: of the file a map with cert, key and perhaps chain; of a text `cert:key` or `cert:key:chain`. */
export function certificateFiles(value: unknown, base: string): CertificateFiles {
  const given = typeof value === 'string' ? namedFiles(value) : object(value);
  const unknown = Object.keys(given).find((name) => !['cert', 'key', 'chain'].includes(name));
  if (unknown !== undefined) throw new BadValue(`has no ${unknown}, only cert, key and chain`);
  const { cert, key, chain } = given;
  if (cert === undefined || key === undefined) throw new BadValue('must have cert and key');
  return {
    cert: path(cert, base),
    key: path(key, base),
    ...(chain === undefined ? {} : { chain: path(chain, base) }),
  };
}

function namedFiles(value: string): Readonly<Record<string, unknown>> {
  const [cert, key, chain, more] = value.split(':');
  if (more !== undefined) throw new BadValue('must be cert:key or cert:key:chain');
  return { cert, key, ...(chain === undefined ? {} : { chain }) };
}

/** A map, of the file as it is, of a text as `name=value,name=value`; values read by `read`. */
export function mapOf<T>(
  read: (value: unknown, base: string) => T,
): (value: unknown, base: string) => Readonly<Record<string, T>> {
  return (value, base) => {
    const entries = typeof value === 'string' ? pairs(value) : Object.entries(object(value));
    return Object.fromEntries(entries.map(([name, entry]) => [name, read(entry, base)]));
  };
}

/** A plain object of the file. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadValue('must be a map');
  }
  return value as Readonly<Record<string, unknown>>;
}

function pairs(list: string): [string, string][] {
  return list
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new BadValue('must be name=value, with commas between');
      return [pair.slice(0, at), pair.slice(at + 1)];
    });
}
