// DynamoDB by plain signed HTTP, for reading and writing records: the SDK takes twenty times the CPU.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { RequestSigner } from '#shared/signing/request-signer.ts';

/** What the client is told by others each time: it never finds endpoints or credentials by itself. */
export interface HttpSettings {
  readonly region: string;
  /** Where DynamoDB is; a path in it stays in front. */
  endpoint(): string;
  /** Keys that are good now; the same object as long as they are the same. */
  credentials(): Promise<AccessKeys>;
  /** Epoch milliseconds by DynamoDB's clock. */
  now(): number;
}

/** An answer that is an error, in the SDK's shape: `name` is that of the exception. */
export class DynamoDbAnswerError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  /** Of a cancelled transaction: a code for each of its actions. */
  readonly reasons: readonly { readonly Code?: string }[];

  constructor(status: number, body: ErrorBody) {
    const { __type: type = `HTTP ${status}`, message, Message = '' } = body;
    super(message ?? Message);
    this.name = type.slice(type.indexOf('#') + 1);
    this.$metadata = { httpStatusCode: status };
    this.reasons = body.CancellationReasons ?? [];
  }
}

const CONNECT_MS = 2_000;
const REQUEST_MS = 6_000;
const MAX_SOCKETS = 64;
const MAX_ATTEMPTS = 4;
const FIRST_RETRY_MS = 50;

/** Exceptions of status 400 that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  // The answer to a transaction was lost, and it is still at work.
  'TransactionInProgressException',
]);

/** One DynamoDB; opens its sockets with the first call. */
export class DynamoDbHttp {
  readonly #settings: HttpSettings;
  #place: Place | undefined;
  #signer: { readonly keys: AccessKeys; readonly signer: RequestSigner } | undefined;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /**
   * The text of the answer to `operation` with `body`, its JSON. As the SDK does, tries four times where an error may
   * pass (no answer, 5xx, throttling). Throws `DynamoDbAnswerError`, or what the connection failed with.
   */
  async call(operation: string, body: string): Promise<string> {
    const bytes = Buffer.from(body);
    const place = (this.#place ??= open(this.#settings.endpoint()));
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(place, operation, bytes);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || place.pool.destroyed || !mayPass(error)) throw error;
      }
      await sleep(FIRST_RETRY_MS * 2 ** (attempt - 1) * Math.random());
    }
  }

  /** Closes the sockets; calls under way fail. */
  close(): void {
    void this.#place?.pool.destroy();
    this.#place = undefined;
  }

  async #once({ pool, host, path }: Place, operation: string, body: Buffer): Promise<string> {
    const settings = this.#settings;
    const signer = this.#signerOf(await settings.credentials());
    const unsigned = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    const headers = signer.sign(
      { method: 'POST', path, host, headers: unsigned, body },
      settings.region,
      new Date(settings.now()),
    );
    const answer = await pool.request({ method: 'POST', path, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return text;
    throw new DynamoDbAnswerError(answer.statusCode, parsed(text));
  }

  #signerOf(keys: AccessKeys): RequestSigner {
    if (this.#signer?.keys === keys) return this.#signer.signer;
    this.#signer = { keys, signer: new RequestSigner(keys, 'dynamodb') };
    return this.#signer.signer;
  }
}

interface Place {
  readonly pool: Pool;
  readonly host: string;
  readonly path: string;
}

function open(endpoint: string): Place {
  const { origin, host, pathname } = new URL(endpoint);
  const pool = new Pool(origin, {
    connections: MAX_SOCKETS,
    connect: { timeout: CONNECT_MS },
    headersTimeout: REQUEST_MS,
    bodyTimeout: REQUEST_MS,
  });
  return { pool, host, path: pathname };
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof DynamoDbAnswerError)) return true;
  return error.$metadata.httpStatusCode >= 500 || PASSING.has(error.name);
}

/** `{"__type":"…#Name","message":"…"}`; what is no such JSON (a proxy's page) is told by its status. */
type ErrorBody = Readonly<Partial<Record<'__type' | 'message' | 'Message', string>>> & {
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
};

function parsed(text: string): ErrorBody {
  try {
    return (JSON.parse(text) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}
