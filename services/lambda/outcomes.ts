// The error documents that Lambda's sandbox writes, not the function: timeouts and ends of the process.
import type { Outcome } from './job.ts';

/** AWS (2025): `Task timed out after 3.00 seconds` under `Sandbox.Timedout`. */
export function timeoutDocument(requestId: string, timeoutMs: number): Outcome {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return unhandled(
    'Sandbox.Timedout',
    `${prefix(requestId)}Task timed out after ${seconds} seconds`,
  );
}

/** AWS: `Runtime.ExitError` with the exit status or the signal, in Go's words. */
export function exitDocument(
  requestId: string,
  code: number | null,
  signal: NodeJS.Signals | null,
): Outcome {
  return unhandled(
    'Runtime.ExitError',
    `${prefix(requestId)}Runtime exited ${reason(code, signal)}`,
  );
}

const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace/breakpoint trap',
};

function reason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `with error: signal: ${SIGNALS[signal] ?? signal}`;
  if (code === 0 || code === null) return 'without providing a reason';
  return `with error: exit status ${code}`;
}

function prefix(requestId: string): string {
  return requestId === '' ? 'Error: ' : `RequestId: ${requestId} Error: `;
}

function unhandled(errorType: string, errorMessage: string): Outcome {
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return { payload, functionError: 'Unhandled' };
}
