// The AWS CLI pointed at a node: its admin listener unless told otherwise, its CA by AWS_CA_BUNDLE, and no settings of the user.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestNode } from './node.ts';

const run = promisify(execFile);

/** What the CLI says with `--output json`; an empty record when it says nothing. */
export type CliAnswer = Readonly<Record<string, unknown>>;

/** Runs `aws …` in `folder` with the CLI's own retries; rejects with its error text. */
export type AwsCli = (...args: string[]) => Promise<CliAnswer>;

/** The CLI for `node`, with `folder` as its home and working folder. */
export function awsCli(node: TestNode, folder: string): AwsCli {
  return async (...args) => {
    // By option: the CLI of Debian 12 (2.9) does not know the variable AWS_ENDPOINT_URL yet.
    const endpoint = args.includes('--endpoint-url') ? [] : ['--endpoint-url', node.ready.admin];
    const { stdout } = await run('aws', [...args, ...endpoint, '--output', 'json'], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        PYENV_ROOT: process.env['PYENV_ROOT'],
        AWS_CA_BUNDLE: node.ready.ca,
        AWS_DEFAULT_REGION: node.ready.region,
        AWS_ACCESS_KEY_ID: 'AKIDTEST',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as CliAnswer);
  };
}
