// Templates of `start` and `deploy`: read, deployed through a node's admin endpoint, faults told as text.
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { DeployError, openDeployer, type DeployResult } from '#services/deploy/deployer.ts';
import type { AdminEndpoint } from '#services/deploy/clients.ts';
import { TemplateError } from '#services/deploy/faults.ts';

/** The template was refused, as a whole or at a resource whose values the services do not take: exit code 3. */
export class TemplateRefused extends Error {}

/** What to deploy where. */
export interface StackWish {
  readonly endpoint: AdminEndpoint;
  /** Path of the template. */
  readonly template: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly skipUnsupported: boolean;
  /** Let tables with data be removed or replaced. */
  readonly deleteData: boolean;
}

/** Deploys or updates a stack. Throws `TemplateRefused`, or an error that says what had been done. */
export async function deployStack(wish: StackWish): Promise<DeployResult> {
  const { endpoint, template, name, parameters, skipUnsupported, deleteData } = wish;
  const deployer = openDeployer(endpoint);
  try {
    return await deployer.deploy({
      text: await readTemplate(template),
      file: basename(template),
      folder: dirname(resolve(template)),
      stack: name,
      parameters,
      skipUnsupported,
      deleteData,
    });
  } catch (error) {
    throw readable(error);
  } finally {
    deployer.close();
  }
}

/** A stack takes the name of its template's folder. */
export function stackName(template: string): string {
  const folder = basename(dirname(resolve(template))).replace(/[^A-Za-z0-9-]+/g, '-');
  return /^[A-Za-z]/.test(folder) ? folder : `stack-${folder}`;
}

async function readTemplate(template: string): Promise<string> {
  try {
    return await readFile(template, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TemplateRefused(`${template} cannot be read: ${reason}`, { cause });
  }
}

function readable(error: unknown): unknown {
  if (error instanceof TemplateError) return new TemplateRefused(error.message, { cause: error });
  if (!(error instanceof DeployError)) return error;
  const done = error.done.map((step) => `  ${step}\n`).join('');
  const text = done === '' ? error.message : `${error.message}\nDone before:\n${done}`;
  return isRefusal(error)
    ? new TemplateRefused(text, { cause: error })
    : new Error(text, { cause: error });
}

/** Whether a service said no to what the template asks for, rather than failing by itself. */
function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { $metadata } = at as { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    if (status !== undefined) return status >= 400 && status < 500 && status !== 429;
  }
  return false;
}
