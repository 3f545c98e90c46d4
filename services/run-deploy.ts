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
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof BadValue) return 2;
    return error instanceof TemplateRefused ? 3 : 1;
  }
}

/** The CA of the node: the flag, what AWS tools are told, or the default data folder's. */
function caOf(flag: string | boolean | undefined): { ca?: string } {
  const given = typeof flag === 'string' ? flag : process.env['AWS_CA_BUNDLE'];
  const file = resolve(given ?? '.postern/ca/ca.pem');
  if (given === undefined && !existsSync(file)) return {};
  return { ca: readFileSync(file, 'utf8') };
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
