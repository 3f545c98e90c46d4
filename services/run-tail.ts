// `postern tail`: live lines of a running node, until a signal ends it.
import { tail } from '#services/tail/tail.ts';
import { adminEndpoint, failureText, type CommandFlags } from './admin-endpoint.ts';

/** Prints lines until SIGINT or SIGTERM; 0 then, 1 when the node refuses or goes away. */
export async function runTail(flags: CommandFlags): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const { events } = flags;
    await tail({
      ...adminEndpoint(flags),
      ...(typeof events === 'string' ? { events } : {}),
      json: flags['json'] === true,
      write: (text) => void process.stdout.write(text),
      signal: stop.signal,
    });
    return 0;
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    return 1;
  }
}
