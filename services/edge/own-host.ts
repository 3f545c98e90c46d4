// Whether a request of the admin listener is meant for it: the guard against DNS rebinding and foreign pages.
import type { IncomingMessage } from 'node:http';

/** Names and addresses under which the admin listener may be called. */
export class OwnHost {
  readonly #names: ReadonlySet<string>;

  /** `names` beside `localhost` and the loopback addresses; without ports. */
  constructor(names: readonly string[]) {
    const all = ['localhost', '127.0.0.1', '::1', ...names].map((name) => name.toLowerCase());
    this.#names = new Set(all);
  }

  /**
   * Whether `Host`, and `Origin` where there is one, name this listener, on any port. The address that the client has
   * connected to is always right: a foreign page cannot make a browser send an address as `Host` for its own name.
   */
  allows(request: IncomingMessage): boolean {
    const { host, origin } = request.headers;
    const local = plainAddress(request.socket.localAddress);
    if (!this.#own(hostName(host ?? ''), local)) return false;
    return origin === undefined || this.#own(originName(origin), local);
  }

  #own(name: string | undefined, local: string | undefined): boolean {
    return name !== undefined && (this.#names.has(name) || name === local);
  }
}

/** Name or address of a `Host` header without port and brackets, lower-case. */
function hostName(host: string): string {
  const plain = host.toLowerCase();
  if (plain.startsWith('[')) return plain.slice(1, Math.max(plain.indexOf(']'), 1));
  const colon = plain.indexOf(':');
  return colon < 0 ? plain : plain.slice(0, colon);
}

/** The same of an `Origin`; `undefined` for `null` and for what is no web origin. */
function originName(origin: string): string | undefined {
  return /^https?:\/\//i.test(origin)
    ? hostName(origin.slice(origin.indexOf('//') + 2))
    : undefined;
}

/** An IPv4 address that came in on an IPv6 socket, as people write it. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') === true ? address.slice(7) : address;
}
