// The `postern` command: commands and flags of the contract, each handed to the service that does it.

/** Runs the command line `args` (without node and script). Sets the exit code; never throws. */
export async function main(args: readonly string[]): Promise<void> {
  process.stderr.write(`postern: unknown command ${args[0] ?? '(none)'}\n`);
  process.exitCode = 2;
}
