// Downloads of function code: what GetFunction's `Code.Location` points at, instead of a presigned URL of S3.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminFront } from '#shared/model/services.ts';
import type { CodeStore } from './code-store.ts';
import type { FunctionRecord } from './function-record.ts';

const PREFIX = '/_postern/functions/';
/** AWS: "a presigned URL … valid for 10 minutes". */
const VALID_MS = 600_000;

/** Serves zips to whoever has a fresh URL; the URL is the permission. */
export class CodeFront implements AdminFront {
  readonly name = 'function code';
  readonly #code: CodeStore;
  readonly #origin: () => string;
  readonly #secret = randomBytes(32);

  /** @param origin of the admin listener, asked when a URL is made: `https://localhost:8444`. */
  constructor(code: CodeStore, origin: () => string) {
    this.#code = code;
    this.#origin = origin;
  }

  /** A URL for the function's zip. */
  url({ CodeHash }: FunctionRecord): string {
    const expires = Date.now() + VALID_MS;
    const token = this.#token(CodeHash, expires).toString('base64url');
    return `${this.#origin()}${PREFIX}${CodeHash}.zip?expires=${expires}&token=${token}`;
  }

  claims(request: IncomingMessage): boolean {
    return request.url?.startsWith(PREFIX) === true;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch(() => response.destroy());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const hash = /([0-9a-f]{64})\.zip$/.exec(pathname)?.[1] ?? '';
    const expires = Number(searchParams.get('expires'));
    const token = Buffer.from(searchParams.get('token') ?? '', 'base64url');
    const expected = this.#token(hash, expires);
    const valid = token.length === expected.length && timingSafeEqual(token, expected);
    if (request.method !== 'GET' || !valid || !(expires > Date.now())) {
      response.writeHead(403).end();
      return;
    }
    const zip = await this.#code.zip(hash);
    response.writeHead(zip === undefined ? 404 : 200, { 'Content-Type': 'application/zip' });
    response.end(zip);
  }

  #token(hash: string, expires: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${hash} ${expires}`).digest();
  }
}
