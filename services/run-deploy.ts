// `postern deploy`: a template on a running node, through its admin endpoint.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BadValue, mapOf, text } from './config-fields.ts';
import { deployStack, stackName, TemplateRefused } from './stack.ts';

/** Flags of the command as the command line gives them. */
export type DeployFlags = Readonly<Record<string, string | boolean | undefined>>;

/** Deploys `template` and prints the result; the exit code of the contract. */
export async function runDeploy(template: string, flags: DeployFlags): Promise<number> {
  try {
    const result = await deployStack({
      endpoint: {
        url: String(flags['endpoint']),
        region: String(flags['region']),
        credentials: {
          accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'postern',
          secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'postern',
        },
        ...caOf(flags['ca']),
      },
      template,
      name: typeof flags['stack'] === 'string' ? flags['stack'] : stackName(template),
      parameters: mapOf(text)(flags['parameters'] ?? '', process.cwd()),
      skipUnsupported: flags['skipUnsupported'] === true,
      deleteData: flags['deleteData'] === true,
    });
    process.stdout.write(
      flags['json'] === true ? `${JSON.stringify(result)}\n` : deployText(result),
    );
    return 0;
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    if (error instanceof BadValue) return 2;
    return error instanceof TemplateRefused ? 3 : 1;
  }
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
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as { code?: string };
  if (code === 'ECONNREFUSED') return `${error.message}: is the node running? (--endpoint)`;
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    return `${error.message}: the node's certificate is not trusted, name its ca.pem (--ca)`;
  }
  return error.message;
}

function deployText(result: Awaited<ReturnType<typeof deployStack>>): string {
  const { stack, changes, messages, urls, outputs } = result;
  const lines = [
    ...changes,
    ...messages,
    ...Object.entries(urls).map(([stage, url]) => `${stage}  ${url}`),
    ...Object.entries(outputs).map(([key, value]) => `${key} = ${value}`),
  ];
  const head = changes.length === 0 ? `${stack}: nothing has changed` : `${stack}: deployed`;
  return `${head}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
