// Messages that come back: so many in flight on each socket.
import { textFrame, type BenchSocket } from '../socket.ts';
import { closeMany, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sleep, sorted } from './window.ts';

const FILL = 'x'.repeat(80);

/** Echo: `connections` sockets with `inFlight` messages each, for `seconds`. */
export async function echo(
  subject: Subject,
  options: { action: string; connections: number; inFlight: number; seconds: number },
): Promise<Result> {
  const frame = textFrame(JSON.stringify({ action: options.action, data: FILL }));
  const sockets = await openMany(subject.target, options.connections);
  const latencies: number[] = [];
  let count = 0;
  let running = true;
  let measuring = false;
  const drive = (socket: BenchSocket): void => {
    const sent: number[] = [];
    const send = (): void => {
      sent.push(performance.now());
      socket.raw.write(frame);
    };
    socket.onMessage = () => {
      const started = sent.shift() ?? 0;
      if (measuring) {
        count++;
        if (count % 8 === 0) latencies.push(performance.now() - started);
      }
      if (running) send();
    };
    for (let at = 0; at < options.inFlight; at++) send();
  };
  sockets.forEach(drive);
  await sleep(1000);
  const window = openWindow(subject.pid);
  measuring = true;
  await sleep(options.seconds * 1000);
  measuring = false;
  const { seconds, cpuSeconds } = window();
  running = false;
  await closeMany(sockets);
  return { operations: count, seconds, cpuSeconds, latencies: sorted(latencies) };
}
