// A connection whose client was let in, as its `$connect` event and everything after it show it.
import type { Connection } from '#shared/model/connection.ts';
import type { Exchange } from '#shared/model/exchange.ts';

/** What a handshake has found out of its client. */
interface Found {
  readonly authorizer?: Connection['authorizer'];
  readonly identity?: Connection['identity'];
}

/** The connection with what was found out; members that nothing was found for stay as they are. */
export function admittedConnection(
  connection: Connection,
  { authorizer, identity }: Found,
): Connection {
  return { ...connection, ...(authorizer && { authorizer }), ...(identity && { identity }) };
}

/** The exchange with its connection so; one without a connection stays as it is. */
export function admittedExchange<E extends Exchange>(exchange: E, found: Found): E {
  const { connection } = exchange;
  if (connection === undefined) return exchange;
  return { ...exchange, connection: admittedConnection(connection, found) };
}
