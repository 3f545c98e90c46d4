// `postern tail`: live lines of a running node, until a signal ends it.
import { LINE_KINDS } from '#services/tail/line-feed.ts';
import { tail } from '#services/tail/tail.ts';
import { EXIT_UNREAD, whenUnread } from '#shared/runtime/pipe-reader.ts';
import { adminEndpoint, failureText, type CommandFlags } from './admin-endpoint.ts';

/** Prints lines until SIGINT or SIGTERM; 0 then, 1 when the node refuses or goes away, 2 for wrong arguments, 141 when nobody reads. */
export async function runTail(flags: CommandFlags): Promise<number> {
  const unknown = unknownKind(flags['events']);
  if (unknown !== undefined) {
    process.stderr.write(`--events: ${unknown} is none of ${LINE_KINDS.join(', ')}\n`);
    return 2;
  }
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

/** The first of `events` that is no kind of lines. */
function unknownKind(events: CommandFlags[string]): string | undefined {
  if (typeof events !== 'string') return undefined;
  const kinds: readonly string[] = LINE_KINDS;
  return events.split(',').find((kind) => !kinds.includes(kind));
}
