// What a request must bring to become a WebSocket (RFC 6455 4.2.1), checked before any back end is asked.
import type { IncomingMessage } from 'node:http';
import type { Refusal } from './refusal.ts';

const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Answer to a plain request for a stage that speaks WebSocket. */
const UPGRADE_REQUIRED: Refusal = {
  status: 426,
  message: 'Upgrade Required',
  headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
};

/** Answer to a path that names neither the stage nor anything below it that exists. */
const NO_SUCH_PATH: Refusal = {
  status: 403,
  errorType: 'ForbiddenException',
  message: 'Forbidden',
};

/** Answer of a node that takes no new connections because it stops. */
export const DRAINING: Refusal = {
  status: 503,
  errorType: 'ServiceUnavailableException',
  message: 'Service Unavailable',
};

/** Answer to a handshake that failed on our side. */
export const INTERNAL: Refusal = {
  status: 500,
  errorType: 'InternalServerErrorException',
  message: 'Internal server error',
};

/** Whether `path` (what follows the stage) is the stage itself; a trailing slash is as good as none. */
const isStageItself = (path: string): boolean => path === '' || path === '/';

/**
 * Answer to a request that is no upgrade: how to upgrade at the stage itself; below it AWS's text for whatever it does
 * not know there, also for `@connections` behind a segment too many.
 */
export function plainAnswer(method: string, path: string): Refusal {
  if (!isStageItself(path)) return noMethod(method, path);
  return method === 'GET' ? UPGRADE_REQUIRED : NO_SUCH_PATH;
}

/** Why `request` cannot become a WebSocket at `path` of its stage; `undefined` if it can. */
export function upgradeFault(request: IncomingMessage, path: string): Refusal | undefined {
  if (!isStageItself(path)) return NO_SUCH_PATH;
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return UPGRADE_REQUIRED;
  if (request.httpVersion !== '1.1') {
    return badRequest('A WebSocket handshake on this listener must be of HTTP/1.1');
  }
  if (request.method !== 'GET') return badRequest('A WebSocket handshake must be a GET request');
  if (!KEY.test(request.headers['sec-websocket-key'] ?? '')) {
    return badRequest('Missing or invalid Sec-WebSocket-Key header');
  }
  if (request.headers['sec-websocket-version'] !== '13') {
    return { ...UPGRADE_REQUIRED, message: 'Unsupported WebSocket version' };
  }
  return undefined;
}

function noMethod(method: string, path: string): Refusal {
  const route = decoded(path).replace(/^\/+/, '');
  const message = `No method found matching route ${route} for http method ${method}.`;
  return { status: 404, errorType: 'NotFoundException', message };
}

/** What cannot be decoded stands for itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function badRequest(message: string): Refusal {
  return { status: 400, errorType: 'BadRequestException', message };
}
