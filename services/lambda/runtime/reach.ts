// Sends connections that a function opens to a host of the gateway to this node, whatever DNS says.
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type { GatewayAddress } from '../frames.ts';

type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;
type Options = Readonly<Record<string, unknown>>;

/** A name on the gateway's own certificate, which functions trust. */
const GATEWAY_NAME = 'localhost';

/** Patches `net` and `tls`; Host headers stay as they were. */
export function installReach(gateway: GatewayAddress): void {
  const isGateway = matcher(gateway);
  patchConnect(gateway, isGateway);
  if (!gateway.tls) patchTls(isGateway);
  else if (gateway.hosts.length > 0) patchServerName(gateway.hosts);
}

/** Whether a host name is one of the gateway's. */
export function matcher(gateway: GatewayAddress): (host: unknown) => boolean {
  const endings = ['localhost', 'amazonaws.com', 'amazonaws.com.cn', ...gateway.suffixes].map(
    (ending) => ending.replaceAll(/[^a-z0-9-]/gi, '\\$&'),
  );
  const pattern = new RegExp(
    `^[a-z0-9-]+\\.execute-api\\.[a-z0-9-]+\\.(?:${endings.join('|')})\\.?$`,
    'i',
  );
  const hosts = new Set(gateway.hosts.map((host) => host.toLowerCase()));
  return (host) =>
    typeof host === 'string' && (pattern.test(host) || hosts.has(host.toLowerCase()));
}

function patchConnect(gateway: GatewayAddress, isGateway: (host: unknown) => boolean): void {
  const prototype = net.Socket.prototype as unknown as { connect: Connect };
  const original = prototype.connect;
  prototype.connect = function connect(this: net.Socket, ...args: unknown[]): net.Socket {
    // net.connect passes its arguments on as one array; callers of socket.connect pass options, or port and host.
    const list = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
    const [first, second] = list;
    const target: Options =
      typeof first === 'object' && first !== null
        ? (first as Options)
        : { port: first, host: second };
    if (!isGateway(target.host)) return original.apply(this, args);
    const callback = list.findLast((value) => typeof value === 'function');
    const moved = { ...target, host: gateway.host, port: gateway.port, lookup: undefined };
    return original.call(this, moved, callback);
  };
}

/**
 * A custom domain may be served with a certificate that only its clients trust (a company's authority, mkcert's): the
 * gateway is asked for its own instead, unless the caller brings an authority for it.
 */
function patchServerName(hosts: readonly string[]): void {
  const domains = new Set(hosts.map((host) => host.toLowerCase()));
  const original = tls.connect as (...args: unknown[]) => tls.TLSSocket;
  tls.connect = (...args: unknown[]) => {
    const at = args.findIndex((value) => typeof value === 'object' && value !== null);
    const target = args[at] as Options | undefined;
    const host = target?.host ?? args.find((value) => typeof value === 'string');
    const isDomain = typeof host === 'string' && domains.has(host.toLowerCase());
    if (!isDomain || target?.ca !== undefined) return original(...args);
    const asked = { ...target, servername: GATEWAY_NAME };
    if (target !== undefined) return original(...args.with(at, asked));
    const plain = args.filter((value) => typeof value !== 'function');
    return original(...plain, asked, ...args.slice(plain.length));
  };
  syncBuiltinESMExports();
}

/** Gateway without TLS: what would be TLS to it is a plain socket that looks secured to the HTTP clients above it. */
function patchTls(isGateway: (host: unknown) => boolean): void {
  const original = tls.connect as (...args: unknown[]) => tls.TLSSocket;
  tls.connect = (...args: unknown[]) => {
    const target = args.find((value) => typeof value === 'object' && value !== null) as
      Options | undefined;
    const host = target?.host ?? args.find((value) => typeof value === 'string');
    if (target?.socket !== undefined || !isGateway(host)) return original(...args);
    return plainSocket(target, host as string, args);
  };
  syncBuiltinESMExports();
}

function plainSocket(target: Options | undefined, host: string, args: unknown[]): tls.TLSSocket {
  const port = target?.port ?? args.find((value) => typeof value === 'number') ?? 443;
  const socket = net.connect({ host, port: Number(port) });
  const secured = Object.assign(socket, {
    encrypted: true,
    authorized: true,
    alpnProtocol: false,
    servername: host,
    getSession: () => undefined,
    getPeerCertificate: () => ({}),
    isSessionReused: () => false,
  });
  const callback = args.findLast((value) => typeof value === 'function');
  if (callback !== undefined) socket.once('secureConnect', callback as () => void);
  socket.once('connect', () => socket.emit('secureConnect'));
  return secured as unknown as tls.TLSSocket;
}
