// How commands reach a running node: address, certificates to trust and keys, from flags and AWS's own variables.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AdminEndpoint } from '#services/deploy/clients.ts';

/** Flags of a command as the command line gives them. */
export type CommandFlags = Readonly<Record<string, string | boolean | undefined>>;

/** The endpoint that `--endpoint`, `--region` and `--ca` name. */
export function adminEndpoint(flags: CommandFlags): AdminEndpoint {
  return {
    url: String(flags['endpoint']),
    region: String(flags['region']),
    credentials: {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'postern',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'postern',
    },
    ...caOf(flags['ca']),
  };
}

/**
 * The CA of the node: the flag's alone, else what AWS tools are told and the default data folder's together, since
 * a machine's AWS_CA_BUNDLE is often its proxy's and says nothing of the node.
 */
function caOf(flag: string | boolean | undefined): { ca?: string } {
  const own = resolve('.postern/ca/ca.pem');
  const bundle = process.env['AWS_CA_BUNDLE'];
  const files =
    typeof flag === 'string'
      ? [flag]
      : [...(bundle === undefined ? [] : [bundle]), ...(existsSync(own) ? [own] : [])];
  if (files.length === 0) return {};
  return { ca: files.map((file) => readFileSync(resolve(file), 'utf8')).join('\n') };
}

/** What is said of a failure, with the way out where the node was not reached or not trusted. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as { code?: string };
  if (code === 'ECONNREFUSED') return `${error.message}: is the node running? (--endpoint)`;
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    return `${error.message}: the node's certificate is not trusted, name its ca.pem (--ca)`;
  }
  return error.message;
}
