// `postern deploy`: a template on a running node, through its admin endpoint.

/** Deploys `template`; the exit code of the contract. */
export async function runDeploy(
  template: string,
  _flags: Readonly<Record<string, string | boolean | undefined>>,
): Promise<number> {
  process.stderr.write(`${template}: deploying is being wired\n`);
  return 1;
}
