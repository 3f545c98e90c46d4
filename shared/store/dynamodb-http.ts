// The way to a DynamoDB by plain signed HTTP: the SDK takes twenty times the CPU.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { Pool } from 'undici';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import type { DynamoDbAnswer, DynamoDbTransport } from './dynamodb-calls.ts';

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

const CONNECT_MS = 2_000;
const REQUEST_MS = 6_000;
const MAX_SOCKETS = 64;

/** One DynamoDB; opens its sockets with the first call. */
export class DynamoDbHttp implements DynamoDbTransport {
  readonly #settings: HttpSettings;
  #place: Place | undefined;
  #signer: { readonly keys: AccessKeys; readonly signer: RequestSigner } | undefined;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  async ask(operation: string, text: string): Promise<DynamoDbAnswer> {
    const { pool, host, path } = (this.#place ??= open(this.#settings.endpoint()));
    const settings = this.#settings;
    const body = Buffer.from(text);
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
    return { status: answer.statusCode, body: await answer.body.text() };
  }

  /** Closes the sockets; calls under way fail. */
  close(): void {
    void this.#place?.pool.destroy();
    this.#place = undefined;
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
