// A small shell beside the node that ends all environments should the node be killed.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Reads `+pid` and `-pid` lines; when its input ends, which happens however the node ended, it kills the process
 * groups still on the list. Environments also end by themselves when their pipe closes, but not in an endless loop.
 */
const SCRIPT = `trap '' INT TERM HUP
live=' '
while read -r op pid; do
  case $op in
    +) live="$live$pid " ;;
    -) live="\${live%% $pid *} \${live#* $pid }" ;;
  esac
done
for pid in $live; do kill -s KILL -- "-$pid" 2>/dev/null; done`;

/** Keeps the list of running environments outside of the node. */
export class Keeper {
  #process: ChildProcess | undefined;

  start(): void {
    const keeper = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: {},
    });
    keeper.unref();
    // A machine without /bin/sh only loses this second guard.
    keeper.on('error', () => undefined);
    keeper.stdin.on('error', () => undefined);
    (keeper.stdin as unknown as { unref?: () => void }).unref?.();
    this.#process = keeper;
  }

  add(pid: number): void {
    this.#process?.stdin?.write(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    this.#process?.stdin?.write(`- ${pid}\n`);
  }

  /** Ends the shell, and what is still on its list. */
  stop(): void {
    this.#process?.stdin?.end();
    this.#process = undefined;
  }
}
