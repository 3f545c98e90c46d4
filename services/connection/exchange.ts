// The CONNECT and DISCONNECT events of a connection as exchanges.
import type { IncomingMessage } from 'node:http';
import { EMPTY_BODY } from '#shared/exchange/body.ts';
import { peerAddress } from '#shared/exchange/peer-address.ts';
import type { Connection, ConnectionRecord } from '#shared/model/connection.ts';
import type { Disconnect, Exchange, GatewayRequest } from '#shared/model/exchange.ts';
import type { Stage, StageMatch } from '#shared/model/stage.ts';
import { newRequestId } from '#shared/runtime/ids.ts';

/** What every CONNECT exchange has, unlike exchanges in general. */
export interface ConnectExchange extends Exchange {
  readonly connection: Connection;
}

const NO_REQUEST: GatewayRequest = {
  method: 'GET',
  path: '/',
  query: '',
  rawHeaders: [],
  body: EMPTY_BODY,
};

/** The CONNECT event of a handshake which will, if accepted, have the id `connectionId`. */
export function connectExchange(
  request: IncomingMessage,
  match: StageMatch,
  options: { readonly connectionId: string; readonly now: number },
): ConnectExchange {
  const { stage } = match;
  const userAgent = request.headers['user-agent'];
  return {
    id: newRequestId(),
    event: 'CONNECT',
    stage,
    request: handshakeRequest(request, match.lowersHeaderNames === true),
    receivedAt: options.now,
    connection: {
      id: options.connectionId,
      apiId: stage.apiId,
      stageName: stage.name,
      region: stage.region,
      connectedAt: options.now,
      sourceIp: peerAddress(request.socket.remoteAddress),
      ...(userAgent === undefined ? {} : { userAgent }),
      domainName: match.domainName,
      ...(match.clientCert && { clientCert: match.clientCert }),
    },
  };
}

/** The DISCONNECT event of `connection`. */
export function disconnectExchange(
  stage: Stage,
  connection: Connection,
  options: { readonly ending: Disconnect; readonly now: number },
): Exchange {
  return {
    id: newRequestId(),
    event: 'DISCONNECT',
    stage,
    request: NO_REQUEST,
    receivedAt: options.now,
    connection,
    disconnect: options.ending,
  };
}

/** Seconds that a record outlives the longest life of its connection, for clocks that differ. */
const RECORD_SLACK_S = 3600;

/** Seconds after which a record goes where connections have no age limit: ten years. */
const UNLIMITED_S = 315_360_000;

/** What the store keeps of `connection`. */
export function connectionRecord(
  connection: Connection,
  options: { readonly nodeId: string; readonly accountId: string; readonly connectionMs: number },
): ConnectionRecord {
  const life = Math.min(Math.ceil(options.connectionMs / 1000) + RECORD_SLACK_S, UNLIMITED_S);
  return {
    ...connection,
    nodeId: options.nodeId,
    accountId: options.accountId,
    expiresAt: Math.ceil(connection.connectedAt / 1000) + life,
  };
}

function handshakeRequest(request: IncomingMessage, lowersNames: boolean): GatewayRequest {
  const { rawHeaders } = request;
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    rawHeaders: lowersNames ? rawHeaders.map(lowerName) : rawHeaders,
    body: EMPTY_BODY,
  };
}

/** Names lie at even places. */
const lowerName = (text: string, at: number): string => (at % 2 === 0 ? text.toLowerCase() : text);
