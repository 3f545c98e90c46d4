// Entry of a runtime environment's process: takes its settings from the pipe, loads the handler, answers events.
import { AsyncLocalStorage } from 'node:async_hooks';
import { flushCompileCache } from 'node:module';
import { decodeInvoke, FRAME } from '../frames.ts';
import type { DecodedInvoke, RuntimeSettings } from '../frames.ts';
import { Channel } from './channel.ts';
import { installConsole } from './console.ts';
import { errorDocument, loggedError, RuntimeError } from './errors.ts';
import { Invocation } from './invocation.ts';
import type { Runner } from './invocation.ts';
import { loadHandler } from './load.ts';
import type { HandlerFunction } from './load.ts';
import { installModules } from './modules.ts';
import { installReach } from './reach.ts';
import { installStreaming, isStreaming } from './streaming.ts';

// The node's, to load this file faster; a function must not see it.
delete process.env.NODE_COMPILE_CACHE;

const FLUSH_MS = 250;
/** Events that were ahead for longer could have been handled elsewhere by now. */
const AHEAD_MS = 50;
const NOTHING = { index: 0, requestId: 'undefined' };

/** Events being handled, by index. */
const active = new Map<number, Invocation>();
const running = new AsyncLocalStorage<Invocation>();
let runner: Runner | undefined;
/** Only with several events at once does a line need to be traced to its event. */
let concurrent = false;

/** Events that came while as many are handled as may be, and since when there are any. */
let ahead: DecodedInvoke[] = [];
let aheadSince = 0;
/** Events that may be handled at the same time. */
let room = 1;
/** Events have nothing of each other's asynchronous context. */
const afresh = AsyncLocalStorage.snapshot();

const channel = new Channel((type, body) => {
  if (type === FRAME.invoke) invoke(decodeInvoke(body));
  else if (type === FRAME.init) void init(JSON.parse(body.toString('utf8')) as RuntimeSettings);
}, handBack);

const log = installConsole(channel, () => {
  if (concurrent) return running.getStore() ?? NOTHING;
  return active.values().next().value ?? NOTHING;
});

process.on('uncaughtException', (error) => die('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('Runtime.UnhandledPromiseRejection', errorText(reason));
  if (reason instanceof Error && reason.stack !== undefined) {
    error.stack = `${error.name}: ${reason.stack}`;
  }
  die('Unhandled Promise Rejection', error, 128);
});
process.on('beforeExit', () => {
  for (const invocation of [...active.values()]) invocation.loopEmpty();
  channel.hold(true);
});

async function init(settings: RuntimeSettings): Promise<void> {
  room = settings.eventsPerEnvironment;
  concurrent = room > 1;
  try {
    installModules(settings.taskRoot);
    installStreaming();
    if (settings.gateway !== undefined) installReach(settings.gateway);
    const handler = await loadHandler(settings.taskRoot, settings.handler);
    runner = newRunner(settings, handler);
    channel.send(FRAME.ready);
    // Environments end by SIGKILL, so the cache of compiled code is written while there is time.
    setTimeout(flushCompileCache, FLUSH_MS).unref();
  } catch (error) {
    failInit(error);
  }
}

function newRunner(settings: RuntimeSettings, handler: HandlerFunction): Runner {
  const { env } = process;
  const callbacks = Number(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV ?? '')?.[1]) < 24;
  if (!callbacks && handler.length >= 3 && !isStreaming(handler)) {
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  return {
    handler,
    channel,
    log,
    callbacks,
    functionArn: settings.functionArn,
    responseBytes: settings.responseBytes,
    timeoutMs: settings.timeoutMs,
    identity: {
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    },
    ended: (invocation) => {
      active.delete(invocation.index);
      if (!takeNext() && active.size === 0) channel.hold(true);
    },
  };
}

function invoke(frame: DecodedInvoke): void {
  if (runner === undefined) return;
  if (active.size >= room) return keepAhead(frame);
  const invocation = new Invocation(runner, frame);
  active.set(invocation.index, invocation);
  channel.hold(false);
  if (concurrent) running.run(invocation, () => invocation.run());
  else invocation.run();
}

function keepAhead(frame: DecodedInvoke): void {
  if (ahead.length === 0) aheadSince = performance.now();
  ahead.push(frame);
  channel.turn();
}

/** Whether an event that was ahead begins: the node takes the first for begun with every answer, so it never goes back. */
function takeNext(): boolean {
  const next = ahead.shift();
  if (next === undefined) return false;
  if (ahead.length > 0 && performance.now() - aheadSince > AHEAD_MS) giveBack();
  queueMicrotask(() => afresh(invoke, next));
  return true;
}

/** At the end of a turn in which a handler has not answered: it waits, and what is ahead need not. */
function handBack(): void {
  if (ahead.length > 0 && active.size >= room) giveBack();
}

function giveBack(): void {
  const indexes = Buffer.alloc(4 * ahead.length);
  ahead.forEach(({ index }, n) => indexes.writeUInt32LE(index, 4 * n));
  ahead = [];
  channel.send(FRAME.returned, indexes);
}

/** The process cannot be trusted any more: answers what runs, then exits. */
function die(logged: string, error: unknown, code: number): void {
  if (runner === undefined) return failInit(error);
  channel.send(FRAME.ending);
  if (active.size === 0) log('ERROR', logged, `\t${loggedError(error)}`);
  for (const invocation of [...active.values()]) invocation.fail(error, logged);
  process.exit(code);
}

function failInit(error: unknown): never {
  log('ERROR', 'Uncaught Exception', `\t${loggedError(error)}`);
  channel.send(FRAME.initError, Buffer.from(JSON.stringify(errorDocument(error))));
  process.exit(1);
}

function errorText(reason: unknown): string {
  return reason instanceof Error ? String(reason) : errorDocument(reason).errorMessage;
}
