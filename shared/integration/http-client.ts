// Sends the requests of one HTTP integration over kept connections, within its time and a bound on the answer's size.
import { Agent } from 'undici';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { TlsIdentity } from '#shared/model/certificates.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { HttpRequest } from './http-request.ts';

/** The largest answer that is read, in bytes: API Gateway's payload limit. */
export const HTTP_ANSWER_BYTES = 10_485_760;

/** Connections of one integration to its back end; further calls wait for one within their own timeout. */
const CONNECTIONS = 256;

/** A back end's answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when it was not wanted. */
  readonly bytes: Buffer;
}

/** How one request is sent. */
export interface SendOptions {
  readonly timeoutMs: number;
  /** An unwanted answer is read to its end and dropped, so that the connection can be used again. */
  readonly isWanted: boolean;
}

/** Client of one integration; opens nothing before its first request. */
export class HttpClient {
  readonly #clock: Clock;
  readonly #identity: (() => Promise<TlsIdentity>) | undefined;
  #agent: Agent | undefined;
  #opening: Promise<Agent> | undefined;

  /** `identity` is what servers are shown that ask for a client certificate; asked for with the first request. */
  constructor(clock: Clock, identity?: () => Promise<TlsIdentity>) {
    this.#clock = clock;
    this.#identity = identity;
  }

  /** Sends `request`. Throws `GatewayError` INTEGRATION_TIMEOUT or INTEGRATION_FAILURE. */
  async send(request: HttpRequest, { timeoutMs, isWanted }: SendOptions): Promise<HttpAnswer> {
    const abort = new AbortController();
    const timer = this.#clock.after(timeoutMs, () => abort.abort());
    try {
      return await this.#exchange(request, abort.signal, isWanted);
    } catch (error) {
      throw failureOf(error, abort.signal, `${request.method} ${request.origin}`);
    } finally {
      timer.cancel();
    }
  }

  /** Waits for the calls in flight. A later call opens connections anew, which close themselves when idle. */
  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.close();
  }

  /** Without what it shall show nothing is sent: a later call tries again. */
  #open(signal: AbortSignal): Agent | Promise<Agent> {
    if (this.#identity === undefined) return (this.#agent = newAgent());
    this.#opening ??= this.#identity()
      .then((identity) => (this.#agent = newAgent(identity)))
      .catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new GatewayError('API_CONFIGURATION_ERROR', reason, { cause });
      })
      .finally(() => (this.#opening = undefined));
    return inTime(this.#opening, signal);
  }

  async #exchange(
    request: HttpRequest,
    signal: AbortSignal,
    isWanted: boolean,
  ): Promise<HttpAnswer> {
    const agent = this.#agent ?? (await this.#open(signal));
    const { statusCode, headers, body } = await agent.request({ ...request, signal });
    const bytes = await read(body, isWanted);
    return { status: statusCode, headers: singleHeaders(headers), bytes };
  }
}

function newAgent(identity?: TlsIdentity): Agent {
  return new Agent({
    ...{ connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 },
    ...(identity === undefined ? {} : { connect: { key: identity.key, cert: identity.cert } }),
  });
}

/** `work`, or the end of the caller's time. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

async function read(body: AsyncIterable<Buffer>, isWanted: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > HTTP_ANSWER_BYTES) {
      const detail = `the answer is larger than ${HTTP_ANSWER_BYTES} bytes`;
      throw new GatewayError('INTEGRATION_FAILURE', detail);
    }
    if (isWanted) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function singleHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const single = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(single);
}

function failureOf(error: unknown, signal: AbortSignal, call: string): GatewayError {
  if (error instanceof GatewayError) return error;
  if (signal.aborted) {
    return new GatewayError('INTEGRATION_TIMEOUT', `${call} timed out`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new GatewayError('INTEGRATION_FAILURE', `${call}: ${reason}`, { cause: error });
}
