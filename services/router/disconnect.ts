// The DISCONNECT pipeline: tells the back end that a connection has ended; nobody waits for its answer.
import type { Exchange } from '#shared/model/exchange.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { integrate } from './integrate.ts';

/** Runs the `$disconnect` route if there is one. Throws `GatewayError`; the integration's result means nothing. */
export async function disconnectPipeline(exchange: Exchange): Promise<void> {
  const route = (exchange.stage as WebSocketStage).disconnectRoute;
  if (route !== undefined) await integrate({ ...exchange, route, params: {} });
}
