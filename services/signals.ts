// SIGTERM and SIGINT: the first drains, the same one within two seconds is that same wish, a later one ends at once.

const SAME_WISH_MS = 2000;

/** A stop that somebody asked for. */
export interface StopRequest {
  readonly signal: NodeJS.Signals;
}

/** Resolves at the first SIGTERM or SIGINT. From then on a second wish to stop ends the process with code 1. */
export function stopRequested(): Promise<StopRequest> {
  return new Promise((resolve) => {
    let first: { signal: NodeJS.Signals; at: number } | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (first === undefined) {
        first = { signal, at: now };
        resolve({ signal });
      } else if (signal !== first.signal || now - first.at > SAME_WISH_MS) {
        process.stderr.write(`${signal} again: ending without draining\n`);
        process.exit(1);
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
