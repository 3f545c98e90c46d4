// What a scenario drives and what it brings back.
import type { Target } from '../socket.ts';

/** A server under test as a scenario sees it. */
export interface Subject {
  readonly target: Target;
  /** Process whose tree's CPU and memory count. */
  readonly pid: number;
  /** Makes a POST of `body` to a connection's push address; absent where the server has no pushes. */
  readonly pushRequest?: (connectionId: string, body: Buffer) => Promise<Buffer>;
}

/** What one run brought. */
export interface Result {
  readonly operations: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Milliseconds; sorted. Empty where latency is not measured. */
  readonly latencies: readonly number[];
  /** Bytes of resident memory that the scenario added. */
  readonly residentBytes?: number;
}
