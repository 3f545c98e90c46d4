// What the command line asks of `postern connect`, checked: address, headers, subprotocols, trust, when to end.
import { existsSync, readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { resolve } from 'node:path';
import { createSecureContext, getCACertificates } from 'node:tls';

/** A flag or the address is wrong; the message names it. */
export class ArgumentFault extends Error {}

/** Flags as the command line gives them. */
export interface ConnectFlags {
  readonly header: readonly string[];
  readonly subprotocol: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly ping?: string;
  readonly wait?: string;
  readonly count?: string;
  readonly reconnect?: boolean;
  readonly timestamps?: boolean;
  /** `false` with `--no-history`. */
  readonly history?: boolean;
}

/** What to do. Times are in milliseconds. */
export interface ConnectOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly subprotocols: readonly string[];
  /** PEM certificates to trust; absent: the usual ones. */
  readonly ca?: readonly string[];
  /** What to show to a domain with mutual TLS, PEM. */
  readonly identity?: { readonly cert: string; readonly key: string };
  /** Absent: no pings. */
  readonly pingMs?: number;
  /** Time without a message after which a client whose input has ended goes. */
  readonly waitMs: number;
  /** Messages after which to go. */
  readonly count?: number;
  readonly reconnect: boolean;
  readonly timestamps: boolean;
  readonly keepsHistory: boolean;
}

/** Where variables and relative paths are taken from. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const WAIT_MS = 1_000;
/** Whoever counts messages wants them, not silence. */
const COUNTED_WAIT_MS = 30_000;

/** Reads address and flags. Throws `ArgumentFault` naming the first that is wrong. */
export function connectOptions(
  address: string,
  flags: ConnectFlags,
  surroundings: Surroundings,
): ConnectOptions {
  const count = flags.count === undefined ? undefined : number('--count', flags.count);
  const ca = trusted(flags.ca, surroundings);
  const identity = identityOf(flags, surroundings);
  return {
    url: socketUrl(address),
    headers: headersOf(flags.header),
    subprotocols: flags.subprotocol,
    waitMs: waitOf(flags.wait, count),
    reconnect: flags.reconnect === true,
    timestamps: flags.timestamps === true,
    keepsHistory: flags.history !== false,
    ...(ca !== undefined && { ca }),
    ...(identity !== undefined && { identity }),
    ...(count !== undefined && { count }),
    ...(flags.ping !== undefined && { pingMs: number('--ping', flags.ping) * 1000 }),
  };
}

function socketUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const scheme = url?.protocol.replace('http', 'ws');
  if (url === undefined || (scheme !== 'ws:' && scheme !== 'wss:')) {
    throw new ArgumentFault(`URL: ${address} is no wss:// address`);
  }
  url.hash = '';
  return url.href.replace(/^http/, 'ws');
}

function headersOf(lines: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const line of lines) {
    const [name = '', value = ''] = split(line);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw new ArgumentFault(`--header: "${line}" is no "Name: value"`, { cause });
    }
    const known = headers[name];
    headers[name] = known === undefined ? value : [known, value].flat();
  }
  return headers;
}

function split(line: string): string[] {
  const colon = line.indexOf(':');
  return colon < 0 ? [] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1e9) return value;
  throw new ArgumentFault(`${flag}: ${text} is no number above 0`);
}

function waitOf(text: string | undefined, count: number | undefined): number {
  if (text === undefined) return count === undefined ? WAIT_MS : COUNTED_WAIT_MS;
  if (text === 'forever') return Infinity;
  return text === '0' ? 0 : number('--wait', text) * 1000;
}

/** As curl takes them: the key may lie in the certificate's file. */
function identityOf(
  { cert, key }: ConnectFlags,
  { cwd }: Surroundings,
): ConnectOptions['identity'] | undefined {
  if (cert === undefined) {
    if (key === undefined) return undefined;
    throw new ArgumentFault('--key: needs --cert');
  }
  const identity = {
    cert: readText('--cert', resolve(cwd, cert)),
    key: readText(key === undefined ? '--cert' : '--key', resolve(cwd, key ?? cert)),
  };
  try {
    createSecureContext(identity);
  } catch (cause) {
    throw new ArgumentFault(`--cert: ${messageOf(cause)}`, { cause });
  }
  return identity;
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ArgumentFault(`${flag}: ${file} cannot be read`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Beside the usual certificates: the flag's, what AWS tools are told, or the default data folder's. */
function trusted(flag: string | undefined, { env, cwd }: Surroundings): string[] | undefined {
  const given = flag ?? env['AWS_CA_BUNDLE'];
  const file = resolve(cwd, given ?? '.postern/ca/ca.pem');
  if (given === undefined && !existsSync(file)) return undefined;
  return [...getCACertificates('default'), readText('--ca', file)];
}
