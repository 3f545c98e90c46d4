// DynamoDB as the store uses it, by the SDK or past it: bounded waits, one error for what cannot be reached, and its health.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import { DynamoDbCalls, type DynamoDbTransport } from './dynamodb-calls.ts';
import { DynamoDbHttp } from './dynamodb-http.ts';

/** Where the store's DynamoDB is. */
export interface DynamoDbAddress {
  /** URL of the embedded DynamoDB, DynamoDB Local, ScyllaDB …; absent: AWS's endpoint of the region. */
  readonly endpoint?: string;
  readonly region: string;
  /** Absent: what the SDK finds by itself (environment, profile, instance role). */
  readonly credentials?: AccessKeys;
  /** A shorter way to the same DynamoDB for whatever goes past the SDK; absent: HTTP to its endpoint. */
  readonly direct?: DynamoDbTransport;
}

const CONNECT_MS = 2_000;
const REQUEST_MS = 6_000;
const MAX_SOCKETS = 128;
const MAX_ATTEMPTS = 4;

/** Any of the SDK's commands, as far as calling needs it. */
type Send = DynamoDBClient['send'];

/** A DynamoDB client whose failures are `StoreUnavailableError`s, apart from those a caller asks for by name. */
export class DynamoDbConnection {
  /** What to call in error messages and readiness reasons. */
  readonly place: string;
  readonly #client: DynamoDBClient;
  readonly #send: Send;
  readonly #http: DynamoDbHttp;
  readonly #calls: DynamoDbCalls;
  /** Where the SDK has sent its last request: it knows AWS's endpoints, and variables that name others. */
  #endpoint: string;
  #failure: string | undefined;

  constructor(address: DynamoDbAddress) {
    this.place = address.endpoint ?? `dynamodb.${address.region}.amazonaws.com`;
    this.#client = new DynamoDBClient({
      region: address.region,
      maxAttempts: MAX_ATTEMPTS,
      ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
      ...(address.credentials === undefined ? {} : { credentials: address.credentials }),
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: REQUEST_MS,
        throwOnRequestTimeout: true,
        httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
        httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      },
    });
    // The overloads of `send` do not survive `bind`; a command in, a promise of its output out is all that is used.
    const client = this.#client;
    this.#send = client.send.bind(client);
    this.#endpoint = address.endpoint ?? `https://${this.place}`;
    if (address.endpoint === undefined) this.#followEndpoint();
    this.#http = new DynamoDbHttp({
      region: address.region,
      endpoint: () => this.#endpoint,
      credentials: () => client.config.credentials(),
      now: () => Date.now() + client.config.systemClockOffset,
    });
    this.#calls = new DynamoDbCalls(address.direct ?? this.#http);
  }

  #followEndpoint(): void {
    this.#client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as Partial<Record<'protocol' | 'hostname', string>> & {
          readonly port?: number;
        };
        const port = request.port === undefined ? '' : `:${request.port}`;
        this.#endpoint = `${request.protocol}//${request.hostname}${port}`;
        return next(args);
      },
      { step: 'build', name: 'followEndpoint' },
    );
  }

  /** Why DynamoDB could not be reached or failed by itself at the last call; `undefined` while it works. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Calls DynamoDB. Errors whose name is in `expected` are thrown as the SDK made them; any other becomes
   * `StoreUnavailableError` with its cause.
   */
  send<Output>(
    call: (send: Send) => Promise<Output>,
    expected: readonly string[] = [],
  ): Promise<Output> {
    return this.#guarded(() => call(this.#send), expected);
  }

  /**
   * Calls DynamoDB past the SDK with `body`, the JSON of its input; the answer's JSON. To be used once a `send` has
   * succeeded, which finds AWS's endpoint. Errors as with `send`; those asked for are `DynamoDbAnswerError`s.
   */
  call(operation: string, body: string, expected: readonly string[] = []): Promise<string> {
    return this.#guarded(() => this.#calls.call(operation, body), expected);
  }

  /** `call` with an input and an output as the wire has them: the SDK's types, but bytes are base64. */
  async ask<Output>(
    operation: string,
    input: object,
    expected: readonly string[] = [],
  ): Promise<Output> {
    return JSON.parse(await this.call(operation, JSON.stringify(input), expected)) as Output;
  }

  async #guarded<Output>(
    call: () => Promise<Output>,
    expected: readonly string[],
  ): Promise<Output> {
    try {
      const output = await call();
      this.#failure = undefined;
      return output;
    } catch (error) {
      if (error instanceof Error && expected.includes(error.name)) throw error;
      const reason = `DynamoDB at ${this.place}: ${describe(error)}`;
      if (isOutage(error)) this.#failure = reason;
      throw new StoreUnavailableError(reason, { cause: error });
    }
  }

  /** Closes the sockets. */
  close(): void {
    this.#client.destroy();
    this.#calls.close();
    this.#http.close();
  }
}

/** A refusal (4xx) is an answer: it says nothing against the store's health, unless a table of ours is gone. */
function isOutage(error: unknown): boolean {
  const { $metadata: metadata, name } = error as {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly name?: string;
  };
  if (name === 'ResourceNotFoundException') return true;
  return metadata?.httpStatusCode === undefined || metadata.httpStatusCode >= 500;
}

/** The text of an error; `AggregateError`s of a refused connection have none of their own. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const text = error.message === '' ? (code ?? error.name) : error.message;
  return error.name === 'Error' || text.startsWith(error.name) ? text : `${error.name}: ${text}`;
}
