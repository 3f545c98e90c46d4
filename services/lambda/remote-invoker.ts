// Invokes functions elsewhere: any Lambda API under `AWS_ENDPOINT_URL_LAMBDA`, by plain signed HTTP over kept connections.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { InvokeError } from '#shared/exchange/errors.ts';
import type {
  FunctionRef,
  InvokeFailure,
  InvokeOptions,
  InvokeResult,
  Invoker,
} from '#shared/model/functions.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import { functionArn } from './function-record.ts';

/** Where and how. */
export interface RemoteInvokerOptions {
  /** `http://127.0.0.1:3001`, `https://lambda.eu-west-1.amazonaws.com`, … */
  readonly endpoint: string;
  readonly credentials: AccessKeys;
  /** This node's account: functions of it go by their name alone. */
  readonly accountId: string;
  /** Largest answer. */
  readonly responseBytes: number;
  readonly clock: Clock;
  readonly wheel: TimingWheel;
}

/** What an HTTP status of the Lambda API means here; others are `Unavailable`. */
const FAILURES: Readonly<Record<number, InvokeFailure>> = {
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  413: 'TooLarge',
  429: 'Throttled',
};
const SOCKETS = 256;

/** The `Invoker` over another Lambda API. Permissions and limits are those of that side. */
export class RemoteInvoker implements Invoker {
  readonly #options: RemoteInvokerOptions;
  readonly #url: URL;
  readonly #signer: RequestSigner;
  readonly #agent: HttpAgent;

  constructor(options: RemoteInvokerOptions) {
    this.#options = options;
    this.#url = new URL(options.endpoint);
    this.#signer = new RequestSigner(options.credentials, 'lambda');
    const settings = { keepAlive: true, maxSockets: SOCKETS };
    this.#agent = this.#secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  invoke(
    ref: FunctionRef,
    event: Uint8Array | string,
    options: InvokeOptions,
  ): Promise<InvokeResult> {
    const body = typeof event === 'string' ? Buffer.from(event) : Buffer.from(event);
    return new Promise((resolve, reject) => {
      const outgoing = this.#request(ref, body, options);
      const { timeoutMs } = options;
      const { wheel, clock } = this.#options;
      const late = (): void => {
        reject(new InvokeError('TimedOut', `${ref.name} has not answered within ${timeoutMs} ms`));
        outgoing.destroy();
      };
      const timer =
        timeoutMs === undefined || timeoutMs === Infinity
          ? undefined
          : wheel.schedule(clock.now() + timeoutMs, late);
      outgoing.on('close', () => timer !== undefined && wheel.cancel(timer));
      outgoing.on('error', (cause) => reject(unreachable(this.#url.origin, cause)));
      outgoing.on('response', (response) => {
        this.#answer(response).then(resolve, reject);
      });
      outgoing.end(body);
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  get #secure(): boolean {
    return this.#url.protocol === 'https:';
  }

  #request(ref: FunctionRef, body: Buffer, options: InvokeOptions) {
    const { region, accountId, name, qualifier } = ref;
    const own = accountId === this.#options.accountId;
    const which = own ? name : encodeURIComponent(functionArn(region, accountId, name));
    const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
    const base = this.#url.pathname.replace(/\/$/, '');
    const path = `${base}/2015-03-31/functions/${which}/invocations${query}`;
    const headers = this.#signer.sign(
      { method: 'POST', path, host: this.#url.host, headers: headersOf(options), body },
      region,
    );
    const request = this.#secure ? httpsRequest : httpRequest;
    return request(this.#url, { method: 'POST', path, headers, agent: this.#agent });
  }

  async #answer(response: IncomingMessage): Promise<InvokeResult> {
    const payload = await this.#read(response);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300) throw failureOf(statusCode, payload);
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const functionError = header('x-amz-function-error');
    const logTail = header('x-amz-log-result');
    return {
      payload,
      executedVersion: header('x-amz-executed-version') ?? '$LATEST',
      requestId: header('x-amzn-requestid') ?? '',
      ...(functionError === undefined
        ? {}
        : { functionError: functionError === 'Handled' ? 'Handled' : 'Unhandled' }),
      ...(logTail === undefined ? {} : { logTail }),
    };
  }

  async #read(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > this.#options.responseBytes) {
          throw new InvokeError(
            'TooLarge',
            `an answer of more than ${this.#options.responseBytes} bytes`,
          );
        }
        chunks.push(chunk);
      }
    } catch (error) {
      throw error instanceof InvokeError ? error : unreachable(this.#url.origin, error);
    }
    return Buffer.concat(chunks);
  }
}

function headersOf(options: InvokeOptions): Record<string, string> {
  const { invocationType, clientContext, traceId, logTail } = options;
  return {
    'content-type': 'application/json',
    ...(invocationType === undefined ? {} : { 'x-amz-invocation-type': invocationType }),
    ...(clientContext === undefined ? {} : { 'x-amz-client-context': clientContext }),
    ...(traceId === undefined ? {} : { 'x-amzn-trace-id': traceId }),
    ...(logTail === true ? { 'x-amz-log-type': 'Tail' } : {}),
  };
}

function failureOf(status: number, payload: Buffer): InvokeError {
  const text = payload.toString('utf8');
  return new InvokeError(
    FAILURES[status] ?? 'Unavailable',
    messageIn(text) ?? `status ${status}: ${text}`,
  );
}

/** AWS writes `Message` or `message`; others may write no JSON at all. */
function messageIn(text: string): string | undefined {
  try {
    const { Message, message } = JSON.parse(text) as { Message?: unknown; message?: unknown };
    const found = Message ?? message;
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

function unreachable(origin: string, cause: unknown): InvokeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvokeError('Unavailable', `the Lambda API at ${origin}: ${reason}`, { cause });
}
