// What a scenario drives and what it brings back.
import type { Target } from '../socket.ts';

/** A server under test as a scenario sees it. */
export interface Subject {
  readonly target: Target;
  /** Processes whose trees' CPU and memory count. */
  readonly pids: readonly number[];
  /** Where pushes go; the sockets' own port unless the server is a cluster. */
  readonly pushPort: number;
  /** Makes a POST of `body` to a connection's push address; absent where the server has no pushes. */
  readonly pushRequest?: (connectionId: string, body: Buffer) => Promise<Buffer>;
  /** Counts the records of connections in the server's directory; absent where it has none. */
  readonly records?: () => Promise<number>;
}

/** What one stretch of measuring brought. */
export interface Stretch {
  readonly operations: number;
  readonly seconds: number;
  /** Of the server's whole process tree. */
  readonly cpuSeconds: number;
  readonly generatorCpuSeconds: number;
}

/** What one run brought. */
export interface Result extends Stretch {
  /** Milliseconds; sorted. Empty where latency is not measured. */
  readonly latencies: readonly number[];
  /** Bytes of resident memory that the scenario added. */
  readonly residentBytes?: number;
  /** Resident memory of the whole process tree behind it: what was there before it included. */
  readonly residentInAllBytes?: number;
  /** The closes of a storm; their CPU is that until the server was at rest. */
  readonly closing?: Stretch;
  /** Connections of a storm whose TLS went on with an earlier session. */
  readonly resumed?: number;
}
