// Lambda events of WebSocket APIs, byte for byte (line breaks of the files left out), from test/golden/events.
import { expect, test } from 'vitest';
import type { Connection } from '#shared/model/connection.ts';
import type { Disconnect, Phases } from '#shared/model/exchange.ts';
import { authorizerEvent, WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import {
  testConnection,
  testMessage,
  testRequest,
  testRoute,
  testStage,
} from '../support/exchange.ts';
import { goldenCases } from '../support/golden.ts';

interface Given {
  readonly event: keyof typeof WEBSOCKET_EVENTS | 'AUTHORIZER';
  readonly id: string;
  readonly receivedAt: number;
  readonly routeKey?: string;
  readonly messageId?: string;
  readonly query?: string;
  readonly rawHeaders?: readonly string[];
  readonly body?: string;
  readonly disconnect?: Disconnect;
  readonly connection?: Partial<Connection>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly phases?: Phases;
}

const ARN = 'arn:aws:execute-api:eu-central-1:111122223333:k3v9wq01ab/live/$connect';

function write(given: Given): string {
  const { event, id, receivedAt, body, query, rawHeaders, disconnect, phases } = given;
  const exchange = testMessage('', {
    id,
    receivedAt,
    event: event === 'AUTHORIZER' ? 'CONNECT' : event,
    stage: testStage({ variables: given.variables ?? {} }),
    connection: testConnection(given.connection),
    route: testRoute({ routeKey: given.routeKey ?? '' }),
    request: testRequest({
      ...(body !== undefined && { body }),
      ...(query !== undefined && { query }),
      ...(rawHeaders !== undefined && { rawHeaders }),
    }),
    ...(given.messageId !== undefined && { messageId: given.messageId }),
    ...(disconnect !== undefined && { disconnect }),
    ...(phases !== undefined && { phases }),
  });
  return event === 'AUTHORIZER' ? authorizerEvent(exchange, ARN) : WEBSOCKET_EVENTS[event](exchange);
}

const cases = goldenCases('events');

test.each(cases)('$name', ({ sections: [given = '', expected = ''] }) => {
  const text = write(JSON.parse(given) as Given);
  expect(text).toBe(expected.replaceAll('\n', ''));
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(7);
});

test('a stage that was swapped shows in the next event of an open connection', () => {
  const connection = testConnection();
  const before = testMessage('a', { connection, stage: testStage({ variables: { v: '1' } }) });
  const after = testMessage('a', { connection, stage: testStage({ variables: { v: '2' } }) });
  expect(WEBSOCKET_EVENTS.MESSAGE(before)).toContain('"stageVariables":{"v":"1"}');
  expect(WEBSOCKET_EVENTS.MESSAGE(after)).toContain('"stageVariables":{"v":"2"}');
});

test('a handshake without a trace id gets one', () => {
  const exchange = testMessage('', { event: 'CONNECT', route: testRoute({ routeKey: '$connect' }) });
  const event = JSON.parse(WEBSOCKET_EVENTS.CONNECT(exchange)) as {
    headers: Record<string, string>;
  };
  expect(event.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-6718f0[0-9a-f]{2}-[0-9a-f]{24}$/);
});
