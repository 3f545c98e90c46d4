// Clients that dial any name as if DNS led it to a node: certificate and Host are those of the name.
import { Agent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { connect } from 'node:tls';
import type { ClientOptions } from 'ws';
import type { TestNode } from './node.ts';

/** Options of a WebSocket client that reach `node` under the URL's own host, whatever its port. */
export function dialled(node: TestNode): ClientOptions {
  const { port } = new URL(node.ready.gateway);
  return {
    ca: node.caText,
    createConnection: (options) => {
      const { host = '', servername = host } = options as { host?: string; servername?: string };
      return connect({ host: '127.0.0.1', port: Number(port), servername, ca: node.caText });
    },
  };
}

const here: LookupFunction = (_name, options, done) =>
  options.all === true
    ? done(null, [{ address: '127.0.0.1', family: 4 }])
    : done(null, '127.0.0.1', 4);

/** An HTTPS agent that finds every name on this machine and trusts `node`'s CA. */
export const agentForNames = (node: TestNode): Agent =>
  new Agent({ ca: node.caText, lookup: here });
