// What a handshake finds out of its client becomes part of the connection, and nothing is lost of what was there.
import { expect, test } from 'vitest';
import { admittedConnection, admittedExchange } from '#shared/exchange/admitted.ts';
import type { Connection } from '#shared/model/connection.ts';
import type { Exchange } from '#shared/model/exchange.ts';

const CONNECTION = { id: 'c', identity: { user: 'known' } } as unknown as Connection;

test('what was found stands on the connection, what was not leaves what was there', () => {
  const authorizer = { principalId: 'p' };
  expect(admittedConnection(CONNECTION, { authorizer })).toEqual({ ...CONNECTION, authorizer });
  const identity = { apiKey: 'k' };
  expect(admittedConnection(CONNECTION, { identity })).toEqual({ id: 'c', identity });
  expect(admittedConnection(CONNECTION, {})).toEqual(CONNECTION);
  expect(CONNECTION.identity).toEqual({ user: 'known' });
});

test('an exchange gets it on its connection, and one without a connection stays the same', () => {
  const exchange = { id: 'e', connection: CONNECTION } as unknown as Exchange;
  const identity = { apiKey: 'k' };
  expect(admittedExchange(exchange, { identity })).toEqual({
    ...{ id: 'e', connection: { id: 'c', identity } },
  });
  const bare = { id: 'e' } as unknown as Exchange;
  expect(admittedExchange(bare, { identity })).toBe(bare);
});
