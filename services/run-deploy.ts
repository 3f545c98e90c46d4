// `postern deploy`: a template on a running node, through its admin endpoint.
import { adminEndpoint, failureText, type CommandFlags } from './admin-endpoint.ts';
import { BadValue, mapOf, text } from './config-fields.ts';
import { deployStack, stackName, TemplateRefused } from './stack.ts';

/** Deploys `template` and prints the result; the exit code of the contract. */
export async function runDeploy(template: string, flags: CommandFlags): Promise<number> {
  try {
    const result = await deployStack({
      endpoint: adminEndpoint(flags),
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
