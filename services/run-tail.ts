// `postern tail`: live lines of a running node, until a signal ends it.
import { tail } from '#services/tail/tail.ts';
import { EXIT_UNREAD, whenUnread } from '#shared/runtime/pipe-reader.ts';
import { adminEndpoint, failureText, type CommandFlags } from './admin-endpoint.ts';

/** Prints lines until SIGINT or SIGTERM; 0 then, 1 when the node refuses or goes away, 141 when nobody reads any more. */
export async function runTail(flags: CommandFlags): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let exit = 0;
  whenUnread([process.stdout, process.stderr], () => {
    exit = EXIT_UNREAD;
    stop.abort();
  });
  try {
    const { events } = flags;
    await tail({
      ...adminEndpoint(flags),
      ...(typeof events === 'string' ? { events } : {}),
      json: flags['json'] === true,
      write: (text) => void process.stdout.write(text),
      signal: stop.signal,
    });
    return exit;
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    return 1;
  }
}
