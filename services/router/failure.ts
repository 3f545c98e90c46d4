// Failures of the pipelines as the client sees them: frames on an open socket, HTTP answers to a handshake.
import { GATEWAY_ERRORS, GatewayError } from '#shared/exchange/errors.ts';
import type { HandshakeDecision } from '#shared/model/services.ts';
import type { MessageExchange } from './message-exchange.ts';

/** Any thrown thing as an entry of the catalogue; what is none of ours is a fault of the gateway. */
export function gatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new GatewayError('API_CONFIGURATION_ERROR', `unexpected: ${detail}`, { cause: thrown });
}

/**
 * The frame that tells the client of `error`, spaced as AWS spaces it: one blank after `"message":` and after commas.
 * A body that its model refuses is told in another shape, with the message's id.
 * AWS guide: apigateway-websocket-api-routes-integrations; other texts as captured (docs/parity.md).
 */
export function failureFrame(error: GatewayError, exchange: MessageExchange): Buffer {
  const { id: connectionId } = exchange.connection;
  const text = JSON.stringify(error.message);
  return Buffer.from(
    error.type === 'BAD_REQUEST_BODY'
      ? `{"message" : ${text}, "connectionId": "${connectionId}", "messageId": "${exchange.messageId}"}`
      : `{"message": ${text}, "connectionId":"${connectionId}", "requestId":"${exchange.id}"}`,
  );
}

/** The HTTP answer that tells the client of `error`; `message` where the catalogue's text says too little. */
export function refusal(error: GatewayError, message = error.message): HandshakeDecision {
  return {
    accept: false,
    status: error.status,
    errorType: GATEWAY_ERRORS[error.type].errorType,
    message,
  };
}
