// One runtime environment: a child process that runs one function, warm from event to event.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '#shared/runtime/clock.ts';
import type { TimingWheel, WheelEntry } from '#shared/runtime/timing-wheel.ts';
import { encodeFrame, encodeInvoke, FRAME, FrameReader, PEAK } from './frames.ts';
import type { RuntimeSettings } from './frames.ts';
import { onLines, reportLine } from './log.ts';
import type { LogStream } from './log.ts';
import type { Keeper } from './keeper.ts';
import type { Job, Outcome } from './job.ts';
import { exitDocument, timeoutDocument } from './outcomes.ts';

/** What an environment is made of. */
export interface EnvironmentSpec {
  readonly bootstrap: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: RuntimeSettings;
  readonly memoryMb: number;
  /** Longest time until the handler is loaded. */
  readonly initMs: number;
}

/** What an environment uses of its node. */
export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly keeper: Keeper;
  readonly log: LogStream;
}

/** What an environment tells its pool; each at most once, `freed` after every answer. */
export interface EnvironmentEvents {
  ready(environment: Environment): void;
  freed(environment: Environment): void;
  /** Jobs that it had ahead and has not begun. */
  returned(jobs: readonly Job[]): void;
  /** The process has ended; `initError` is the error document when the handler was never loaded. */
  gone(environment: Environment, initError: Buffer | undefined): void;
}

interface Running {
  readonly job: Job;
  /** Absent while it is ahead: sent, but not begun. */
  startedAt: number | undefined;
  timeout: WheelEntry | undefined;
}

/** Most events in an environment whose handler answers without waiting for anything, the one it handles included. */
const AHEAD = 16;
/** Share of a function's memory that is JavaScript heap. */
const HEAP_SHARE = 0.9;
/** Frames besides answers, and what stands before an answer. */
const FRAME_SLACK = 1_048_576;
/** After a process has ended, its pipes close when nobody else holds them; waiting for that is bounded. */
const CLOSE_MS = 1000;

/** A process with its pipes. Jobs are answered exactly once, also when the process dies. */
export class Environment {
  readonly #spec: EnvironmentSpec;
  readonly #deps: EnvironmentDeps;
  readonly #events: EnvironmentEvents;
  readonly #child: ChildProcess;
  readonly #running = new Map<number, Running>();
  readonly #bornAt = performance.now();
  readonly #initTimer: WheelEntry;
  #pipe: Duplex | undefined;
  #state: 'starting' | 'ready' | 'gone' = 'starting';
  #dead = false;
  #killed = false;
  #initMs: number | undefined;
  #initError: Buffer | undefined;
  #lastIndex = 0;
  #peakKb = 0;
  #waited = true;
  /** When it last became idle, in the clock's milliseconds. */
  idleSince = 0;

  constructor(spec: EnvironmentSpec, deps: EnvironmentDeps, events: EnvironmentEvents) {
    this.#spec = spec;
    this.#deps = deps;
    this.#events = events;
    this.#child = this.#spawn();
    this.#initTimer = deps.wheel.schedule(deps.clock.now() + spec.initMs, () => this.#initLate());
  }

  /** Events being handled. */
  get load(): number {
    return this.#running.size;
  }

  /** Whether its last answer came in a later turn of its event loop than the event, or after long work. */
  get waited(): boolean {
    return this.#waited;
  }

  get hasRoom(): boolean {
    const { eventsPerEnvironment } = this.#spec.settings;
    return this.#state === 'ready' && !this.#dead && this.#running.size < eventsPerEnvironment;
  }

  /**
   * Whether an event may be sent ahead of its turn, so that it lies there when the one before has been answered. Events
   * are still handled one at a time, and come back as soon as a handler waits.
   */
  get hasRoomAhead(): boolean {
    if (this.#waited || this.#spec.settings.eventsPerEnvironment > 1) return false;
    return this.#state === 'ready' && !this.#dead && this.#running.size < AHEAD;
  }

  /** Sends a job; only while `hasRoom` or `hasRoomAhead`. */
  run(job: Job): void {
    const index = ++this.#lastIndex;
    const { timeoutMs } = this.#spec.settings;
    const begins = this.hasRoom;
    const running: Running = { job, startedAt: undefined, timeout: undefined };
    this.#running.set(index, running);
    if (begins) this.#begin(index, running);
    const { requestId, functionArn, traceId, clientContext, event } = job;
    const deadline = begins ? Date.now() + timeoutMs : 0;
    this.#write(
      encodeInvoke({ index, requestId, deadline, functionArn, traceId, clientContext, event }),
    );
  }

  #begin(index: number, running: Running): void {
    const { clock, wheel } = this.#deps;
    running.startedAt = performance.now();
    running.timeout = wheel.schedule(clock.now() + this.#spec.settings.timeoutMs, () =>
      this.#late(index),
    );
    const { job } = running;
    if (!this.#deps.log.wantsPlatformLines(job.tail)) return;
    this.#platformLine(`START RequestId: ${job.requestId} Version: $LATEST`, job);
  }

  /** The first event that was ahead has been begun by the process. */
  #beginNext(): void {
    if (this.#spec.settings.eventsPerEnvironment > 1) return;
    const next = this.#running.entries().next().value;
    if (next !== undefined) this.#begin(...next);
  }

  /** Events that come in one tick go out as one write. */
  #write(frame: Buffer): void {
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    if (this.#running.size > 1 && pipe.writableCorked === 0) {
      pipe.cork();
      process.nextTick(() => pipe.uncork());
    }
    pipe.write(frame);
  }

  /** Ends the process at once, whatever it does; its jobs are answered as after a crash. */
  kill(): void {
    this.#dead = true;
    this.#killed = true;
    killGroup(this.#child.pid);
  }

  #spawn(): ChildProcess {
    const { memoryMb, bootstrap, settings, variables } = this.#spec;
    const heap = Math.floor(memoryMb * HEAP_SHARE);
    const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, bootstrap], {
      cwd: settings.taskRoot,
      env: variables,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.once('error', (error) => this.#spawnFailed(error));
    child.once('exit', () => this.#exited());
    child.once('close', (code, signal) => this.#closed(code, signal));
    if (child.pid !== undefined) this.#wire(child, child.pid);
    return child;
  }

  #wire(child: ChildProcess, pid: number): void {
    this.#deps.keeper.add(pid);
    const reader = new FrameReader(
      (type, body) => this.#frame(type, body),
      this.#spec.settings.responseBytes + FRAME_SLACK,
    );
    const pipe = child.stdio[3] as Duplex;
    const answers = child.stdio[4] as Readable;
    answers.on('data', (chunk: Buffer) => this.#read(reader, chunk));
    for (const stream of [pipe, answers]) {
      // A broken pipe means that the process has died, which its exit tells.
      stream.on('error', () => undefined);
    }
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      onLines(stream, (line) => this.#logged(0, line));
    }
    pipe.write(encodeFrame(FRAME.init, Buffer.from(JSON.stringify(this.#spec.settings))));
    this.#pipe = pipe;
  }

  /** A function can write to its pipe as it likes; what is no frame ends the environment, not the node. */
  #read(reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#line(`the environment broke its protocol: ${error.message}`, undefined);
      this.#child.stdio[4]?.destroy();
      this.kill();
    }
  }

  #frame(type: number, body: Buffer): void {
    switch (type) {
      case FRAME.log:
        return this.#logged(body.readUInt32LE(0), body.toString('utf8', 4));
      case FRAME.result:
        return this.#answered(body, undefined);
      case FRAME.failure:
        return this.#answered(body, 'Unhandled');
      case FRAME.returned:
        return this.#returned(body);
      case FRAME.ready:
        return this.#loaded();
      case FRAME.initError:
        this.#initError = Buffer.from(body);
        return;
      case FRAME.ending:
        this.#dead = true;
    }
  }

  #answered(body: Buffer, functionError: 'Unhandled' | undefined): void {
    const index = body.readUInt32LE(0);
    const peak = body.readUInt32LE(4);
    this.#peakKb = peak & PEAK.kilobytes;
    this.#waited = peak >= PEAK.waited;
    const payload = body.subarray(8);
    this.#answer(index, functionError === undefined ? { payload } : { payload, functionError });
  }

  #loaded(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#initMs = performance.now() - this.#bornAt;
    this.#deps.wheel.cancel(this.#initTimer);
    this.#events.ready(this);
  }

  #answer(index: number, outcome: Outcome, status?: string): void {
    const running = this.#running.get(index);
    if (running === undefined) return;
    this.#drop(index, running);
    if (this.#deps.log.wantsPlatformLines(running.job.tail)) this.#report(running, status);
    this.#initMs = undefined;
    running.job.settle(outcome);
    if (this.#state !== 'ready' || status !== undefined) return;
    // One that is ending begins nothing more.
    if (!this.#dead) this.#beginNext();
    this.#events.freed(this);
  }

  /** The process knows best what it has begun. */
  #returned(body: Buffer): void {
    this.#waited = true;
    const jobs: Job[] = [];
    for (let at = 0; at + 4 <= body.length; at += 4) {
      const index = body.readUInt32LE(at);
      const running = this.#running.get(index);
      if (running === undefined) continue;
      this.#drop(index, running);
      jobs.push(running.job);
    }
    if (jobs.length > 0) this.#events.returned(jobs);
  }

  #drop(index: number, { timeout }: Running): void {
    this.#running.delete(index);
    if (timeout !== undefined) this.#deps.wheel.cancel(timeout);
  }

  #report({ job, startedAt }: Running, status: string | undefined): void {
    this.#platformLine(`END RequestId: ${job.requestId}`, job);
    const durationMs = performance.now() - (startedAt ?? performance.now());
    const { memoryMb } = this.#spec;
    const facts = { durationMs, memoryMb, usedKb: this.#peakKb, initMs: this.#initMs };
    this.#platformLine(
      reportLine(job.requestId, { ...facts, ...(status === undefined ? {} : { status }) }),
      job,
    );
  }

  #logged(index: number, text: string): void {
    const running = this.#running.get(index) ?? this.#running.values().next().value;
    this.#line(text, running?.job);
  }

  #platformLine(text: string, job: Job): void {
    this.#deps.log.platformLine(text, job.requestId, job.tail);
  }

  #line(text: string, job: Job | undefined): void {
    this.#deps.log.line(text, job?.requestId, job?.tail);
  }

  /** The function's timeout: its caller gets AWS's document, the process is of no use any more. */
  #late(index: number): void {
    const job = this.#running.get(index)?.job;
    if (job === undefined) return;
    const seconds = (this.#spec.settings.timeoutMs / 1000).toFixed(2);
    const time = new Date().toISOString();
    this.#line(`${time} ${job.requestId} Task timed out after ${seconds} seconds`, job);
    this.#state = 'gone';
    this.#answer(index, timeoutDocument(job.requestId, this.#spec.settings.timeoutMs), 'timeout');
    this.#dead = true;
    killGroup(this.#child.pid);
  }

  #initLate(): void {
    this.#initError ??= timeoutDocument('', this.#spec.initMs).payload;
    this.kill();
  }

  #spawnFailed(error: Error): void {
    if (this.#child?.pid !== undefined) return;
    this.#line(`the process could not be started: ${error.message}`, undefined);
    queueMicrotask(() => this.#closed(null, null));
  }

  /** What the process left behind (its own children) goes too, and with it the other ends of the pipes. */
  #exited(): void {
    this.#dead = true;
    killGroup(this.#child.pid);
    this.#deps.clock.after(CLOSE_MS, () =>
      this.#closed(this.#child.exitCode, this.#child.signalCode),
    );
  }

  /** Answers what the process had begun; what it had only ahead may still be handled by another one. */
  #answerLost(code: number | null, signal: NodeJS.Signals | null): void {
    const jobs: Job[] = [];
    for (const [index, running] of [...this.#running]) {
      const { job } = running;
      if (running.startedAt === undefined && !this.#killed) {
        this.#drop(index, running);
        jobs.push(job);
      } else {
        this.#answer(index, exitDocument(job.requestId, code, signal), 'error');
      }
    }
    if (jobs.length > 0) this.#events.returned(jobs);
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#pipe === undefined && this.#state === 'gone') return;
    this.#pipe = undefined;
    const loaded = this.#state !== 'starting';
    this.#state = 'gone';
    this.#deps.wheel.cancel(this.#initTimer);
    if (this.#child.pid !== undefined) this.#deps.keeper.remove(this.#child.pid);
    this.#answerLost(code, signal);
    const initError = this.#initError ?? exitDocument('', code, signal).payload;
    this.#events.gone(this, loaded ? undefined : initError);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody of the group is left, which is what was wanted.
  }
}
