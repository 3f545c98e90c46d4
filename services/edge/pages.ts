// Static pages of the gateway's own origin: folders named in the configuration, under /_postern/pages/{name}/.
import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '#shared/runtime/logger.ts';
import { ANSWERS, respond } from './answer.ts';
import type { Answer } from './answer.ts';
import { pathOf } from './target.ts';

/** Where pages lie on the gateway. */
export const PAGES_PATH = '/_postern/pages/';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const NOT_FOUND: Answer = { status: 404, message: 'Not Found' };
const NOT_ALLOWED: Answer = { status: 405, message: 'Method Not Allowed' };

/** A file to be sent. */
interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/** Serves GET and HEAD; nothing outside the folders, no file whose name begins with a dot. */
export class Pages {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #logger: Logger;

  constructor(folders: Readonly<Record<string, string>>, logger: Logger) {
    this.#folders = new Map(Object.entries(folders));
    this.#logger = logger;
  }

  /** Answers a request whose path begins with `PAGES_PATH`. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#serve(request, response).catch((error: NodeJS.ErrnoException) => {
      // The client went away.
      if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      this.#logger.error('a page cannot be served', { url: request.url, error });
      respond(response, ANSWERS.internal);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return respond(response, NOT_ALLOWED);
    }
    const url = request.url ?? '';
    const path = pathOf(url);
    const segments = segmentsOf(path.slice(PAGES_PATH.length));
    if (segments === undefined) return respond(response, ANSWERS.badRequest);
    const [name = '', ...rest] = segments;
    const root = this.#folders.get(name);
    const found = root === undefined ? undefined : await find(root, rest);
    if (found === undefined) return respond(response, NOT_FOUND);
    const slash = path.endsWith('/');
    if (found.stats.isFile() && !slash) return send(request, response, found);
    if (!found.stats.isDirectory()) return respond(response, NOT_FOUND);
    if (!slash) {
      const location = `${path}/${url.slice(path.length)}`;
      response.writeHead(308, { location, 'cache-control': 'no-cache' }).end();
      return;
    }
    const index = root === undefined ? undefined : await find(root, [...rest, 'index.html']);
    if (index?.stats.isFile() !== true) return respond(response, NOT_FOUND);
    return send(request, response, index);
  }
}

/** Decoded segments without empty ones; `undefined` when one could lead elsewhere or cannot be decoded. */
function segmentsOf(path: string): string[] | undefined {
  try {
    const segments = path.split('/').map(decodeURIComponent);
    const bad = segments.some((segment) => segment.startsWith('.') || /[/\\\0]/.test(segment));
    return bad ? undefined : segments.filter((segment) => segment !== '');
  } catch {
    return undefined;
  }
}

/** What lies at `segments` under `root`, links followed but not out of it. */
async function find(root: string, segments: readonly string[]): Promise<Found | undefined> {
  try {
    const [top, path] = await Promise.all([realpath(root), realpath(join(root, ...segments))]);
    if (path !== top && !path.startsWith(top + sep)) return undefined;
    return { path, stats: await stat(path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { path, stats }: Found,
): Promise<void> {
  const etag = `"${stats.size.toString(36)}-${Math.trunc(stats.mtimeMs).toString(36)}"`;
  const headers = { 'cache-control': 'no-cache', etag, 'x-content-type-options': 'nosniff' };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    'content-length': stats.size,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(path), response);
}
