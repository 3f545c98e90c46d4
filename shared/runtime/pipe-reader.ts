// Notices that nobody reads any more what a process prints, as when `| head` has had enough.
import type { Writable } from 'node:stream';

/** Exit code of a shell's pipeline for a tool that SIGPIPE ended: 128 + 13. Node ignores that signal and fails writes instead. */
export const EXIT_UNREAD = 141;

/** Calls `gone` once when the reader of one of `streams` has ended; what is written later is lost. Other errors of them are thrown. */
export function whenUnread(streams: readonly Writable[], gone: () => void): void {
  let told = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    if (told) return;
    told = true;
    gone();
  };
  for (const stream of streams) stream.on('error', onError);
}
