// The stacks of a running node, over its admin endpoint.
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { systemClock } from '#shared/runtime/clock.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import type { AdminEndpoint } from './clients.ts';
import { isObject } from './json.ts';
import { SIGNING_NAME, StackBusyError } from './state.ts';
import type { NodeFacts, StackSession, StackState, StackStore } from './state.ts';

/** A lock is renewed while its deployer lives; a dead one's blocks the next deployment for no longer than this. */
const LOCK_MS = 6_000;
const RENEW_MS = 2_000;
/** How long to wait for somebody else's lock: longer than a dead deployer's holds. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 500;
const TIMEOUT_MS = 30_000;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a test may want otherwise. */
export interface StackClientOptions {
  /** How long `open` waits for somebody else's lock, in milliseconds. */
  readonly patienceMs?: number;
  readonly clock?: Clock;
}

/** `StackStore` of the node behind `endpoint`. */
export class StackClient implements StackStore {
  readonly #endpoint: AdminEndpoint;
  readonly #patienceMs: number;
  readonly #clock: Clock;

  constructor(endpoint: AdminEndpoint, options: StackClientOptions = {}) {
    this.#endpoint = endpoint;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#clock = options.clock ?? systemClock;
  }

  async facts(): Promise<NodeFacts> {
    const { body } = await this.#ask('GET', '');
    return {
      accountId: String(body['accountId']),
      region: this.#endpoint.region,
      gateway: String(body['gateway']),
    };
  }

  async open(name: string): Promise<StackSession> {
    const until = this.#clock.now() + this.#patienceMs;
    for (;;) {
      try {
        return await this.#open(name);
      } catch (error) {
        if (!(error instanceof StackBusyError) || this.#clock.now() >= until) throw error;
      }
      await new Promise<void>((resolve) => this.#clock.after(LOOK_AGAIN_MS, resolve));
    }
  }

  async #open(name: string): Promise<StackSession> {
    const { status, body } = await this.#ask('GET', `/${name}`, { missing: true });
    const session = new Session(
      (method, rest, options) => this.#ask(method, `/${name}${rest}`, options),
      {
        version: status === 404 ? 0 : Number(body['version']),
        state: status === 404 ? undefined : (body['stack'] as StackState | undefined),
        clock: this.#clock,
      },
    );
    await session.lock();
    return session;
  }

  async #ask(method: string, path: string, options: AskOptions = {}): Promise<Answer> {
    const url = new URL(`/_postern/stacks${path}`, this.#endpoint.url);
    const body = options.body === undefined ? '' : JSON.stringify(options.body);
    const { credentials, region } = this.#endpoint;
    const headers = new RequestSigner(credentials, SIGNING_NAME).sign(
      {
        method,
        path: `${url.pathname}${url.search}`,
        host: url.host,
        headers: {},
        body: Buffer.from(body),
      },
      region,
    );
    const answer = await send({ method, url, body, headers, ca: this.#endpoint.ca });
    if (answer.status === 200 || (answer.status === 404 && options.missing === true)) return answer;
    const said = answer.body['message'];
    const message = typeof said === 'string' ? said : `status ${answer.status}`;
    throw answer.status === 409
      ? new StackBusyError(message)
      : new Error(`${url.href}: ${message}`);
  }
}

interface AskOptions {
  readonly body?: unknown;
  /** 404 is an answer, not an error. */
  readonly missing?: boolean;
}

interface SessionStart {
  readonly version: number;
  readonly state: StackState | undefined;
  readonly clock: Clock;
}

type Ask = (method: string, rest: string, options?: AskOptions) => Promise<Answer>;

class Session implements StackSession {
  readonly #ask: Ask;
  readonly #owner = randomUUID();
  readonly #clock: Clock;
  #version: number;
  #state: StackState | undefined;
  #timer: Timer | undefined;
  /** Writes go one after another, since each needs the version of the one before. */
  #last: Promise<void> = Promise.resolve();

  constructor(ask: Ask, { version, state, clock }: SessionStart) {
    this.#ask = ask;
    this.#version = version;
    this.#state = state;
    this.#clock = clock;
  }

  get state(): StackState | undefined {
    return this.#state;
  }

  async lock(): Promise<void> {
    await this.#put({ lockMs: LOCK_MS });
    this.#renewLater();
  }

  /** A renewal that fails is told by the next save: it finds the lock lost. */
  #renewLater(): void {
    this.#timer = this.#clock.after(RENEW_MS, () => {
      this.#put({ lockMs: LOCK_MS }).then(
        () => {
          if (this.#timer !== undefined) this.#renewLater();
        },
        () => undefined,
      );
    });
  }

  #stopRenewing(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async save(stack: StackState): Promise<void> {
    await this.#put({ lockMs: LOCK_MS, stack });
    this.#state = stack;
  }

  async remove(): Promise<void> {
    this.#stopRenewing();
    await this.#last;
    await this.#ask('DELETE', `?version=${this.#version}&owner=${this.#owner}`);
    this.#state = undefined;
  }

  async close(): Promise<void> {
    this.#stopRenewing();
    if (this.#state === undefined) await this.remove().catch(ignoreMissing);
    else await this.#put({ lockMs: 0 });
  }

  #put(write: { readonly lockMs: number; readonly stack?: StackState }): Promise<void> {
    const done = this.#last.then(() => this.#write(write));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #write(write: { readonly lockMs: number; readonly stack?: StackState }): Promise<void> {
    const body = { version: this.#version, owner: this.#owner, ...write };
    const answer = await this.#ask('PUT', '', { body });
    this.#version = Number(answer.body['version']);
  }
}

/** A stack that never got a state leaves nothing but its lock, which may have lapsed and gone. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof StackBusyError)) throw error;
}

interface Sending {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
}

function send({ method, url, body, headers, ca }: Sending): Promise<Answer> {
  const options = { method, headers, timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) };
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = start(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: readJson(text) });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${url.href} did not answer in time`)));
    request.on('error', reject);
    request.end(body);
  });
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return { message: text.slice(0, 200) };
  }
}
