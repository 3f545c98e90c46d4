// The 101, and the transport behind it.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Limits } from '#shared/model/limits.ts';
import { DeflateUpgrader } from './deflate-transport.ts';
import type { FrameWriter } from './frame-writer.ts';
import { PlainTransport, type PlainHost } from './plain-transport.ts';
import type { Transport } from './transport.ts';

/** How to open sockets. */
export interface UpgraderOptions {
  readonly limits: Limits;
  readonly writer: FrameWriter;
  /** Whether to accept an offer of permessage-deflate. AWS does; it costs 4.7 times the CPU, so it is off by default. */
  readonly deflate: boolean;
}

/** RFC 6455 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Answers handshakes with 101 and turns their streams into transports. */
export class Upgrader {
  readonly #host: PlainHost;
  readonly #deflate: DeflateUpgrader | undefined;

  constructor({ limits, writer, deflate }: UpgraderOptions) {
    this.#host = { limits, writer };
    if (deflate) this.#deflate = new DeflateUpgrader(this.#host);
  }

  /**
   * Writes the 101 for a checked handshake, with `subprotocol` if the back end chose one. `undefined` when the client
   * has gone, or offered extensions that cannot be read: then the stream is closed or about to be.
   */
  open(
    request: IncomingMessage,
    stream: Duplex,
    options: { readonly head: Buffer; readonly subprotocol?: string },
  ): Transport | undefined {
    const { head, subprotocol } = options;
    const key = request.headers['sec-websocket-key'] ?? '';
    if (this.#deflate !== undefined && request.headers['sec-websocket-extensions'] !== undefined) {
      const lines = (extensions?: string): string[] => responseLines(key, subprotocol, extensions);
      return this.#deflate.open(request, stream, { head, lines });
    }
    if (!stream.readable || !stream.writable) {
      stream.destroy();
      return undefined;
    }
    stream.write(`${responseLines(key, subprotocol).join('\r\n')}\r\n\r\n`);
    return new PlainTransport(this.#host, stream, head);
  }
}

/** AWS's order and casing of the 101, as captured (github.com/python-websockets/websockets/issues/1065). */
function responseLines(key: string, subprotocol?: string, extensions?: string): string[] {
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    `Date: ${new Date().toUTCString()}`,
    'Connection: upgrade',
    'upgrade: websocket',
    `sec-websocket-accept: ${accept}`,
  ];
  if (subprotocol !== undefined) lines.push(`sec-websocket-protocol: ${subprotocol}`);
  if (extensions !== undefined) {
    lines.push(`sec-websocket-extensions: ${extensions.replaceAll('; ', ';')}`);
  }
  return lines;
}
