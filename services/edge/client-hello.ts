// Reads the server name out of the first bytes of a TLS connection (RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3).

/**
 * What the bytes so far tell: the whole ClientHello with its server name, if it has one (lower case); how many bytes
 * are needed to know more; or that this is no ClientHello, which the TLS layer will tell its client.
 */
export type ClientHello =
  | { readonly kind: 'read'; readonly serverName?: string }
  | { readonly kind: 'short'; readonly needed: number }
  | { readonly kind: 'wrong' };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const LONGEST_RECORD = 16_384;
/** Version and random. */
const FIXED = 34;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const WRONG: ClientHello = { kind: 'wrong' };

/**
 * Reads what is there of a connection's bytes; the message may come in any number of records. What is asked for is the
 * least that can tell more, so that a client which sends tiny records is not looked at with each of them.
 */
export function readClientHello(bytes: Buffer): ClientHello {
  const fragments: Buffer[] = [];
  let length = 0;
  /** Until the message's header has been read that is all that is known to come. */
  let whole = MESSAGE_HEADER;
  let at = 0;
  for (;;) {
    const rest = whole - length;
    const begin = at + RECORD_HEADER;
    if (bytes.length < begin) return { kind: 'short', needed: begin + rest };
    const size = bytes.readUInt16BE(at + 3);
    const isRecord = bytes[at] === HANDSHAKE_RECORD && size > 0 && size <= LONGEST_RECORD;
    if (!isRecord) return WRONG;
    const end = begin + size;
    if (bytes.length < end) {
      return { kind: 'short', needed: size < rest ? end + RECORD_HEADER + rest - size : end };
    }
    fragments.push(bytes.subarray(begin, end));
    length += size;
    at = end;
    if (length < MESSAGE_HEADER) continue;
    if (whole === MESSAGE_HEADER) {
      const header = Buffer.concat(fragments, MESSAGE_HEADER);
      if (header[0] !== CLIENT_HELLO) return WRONG;
      whole += header.readUIntBE(1, 3);
    }
    if (length >= whole)
      return readMessage(Buffer.concat(fragments, whole).subarray(MESSAGE_HEADER));
  }
}

function readMessage(body: Buffer): ClientHello {
  const cursor = new Cursor(body);
  cursor.skip(FIXED);
  cursor.vector(1); // session id
  cursor.vector(2); // cipher suites
  cursor.vector(1); // compression methods
  const extensions = new Cursor(cursor.vector(2));
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (type !== SERVER_NAME) continue;
    const serverName = hostNameOf(data);
    return serverName === undefined ? WRONG : { kind: 'read', serverName };
  }
  return cursor.broken || extensions.broken ? WRONG : { kind: 'read' };
}

function hostNameOf(data: Buffer): string | undefined {
  const list = new Cursor(new Cursor(data).vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (list.broken || type !== HOST_NAME || name.length === 0) return undefined;
  return name.toString('latin1').toLowerCase();
}

/** Reads along a buffer; past its end everything is empty and `broken` is set. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;
  broken = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.broken ? 0 : this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    if (count > this.left) this.broken = true;
    else this.#at += count;
  }

  number(size: number): number {
    const from = this.#at;
    this.skip(size);
    return this.broken ? 0 : this.#bytes.readUIntBE(from, size);
  }

  /** A vector whose length stands before it in `size` bytes. */
  vector(size: number): Buffer {
    const length = this.number(size);
    const from = this.#at;
    this.skip(length);
    return this.broken ? Buffer.alloc(0) : this.#bytes.subarray(from, from + length);
  }
}
