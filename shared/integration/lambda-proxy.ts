// Integrations of type AWS_PROXY: a Lambda function gets the proxy event and may answer `{statusCode, headers, body}`.
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { isAnswered, type EventWriters, type IntegrationDeps } from './deps.ts';
import { decodeAnswer, LambdaAnswer } from './lambda-answer.ts';
import { LambdaCaller, lambdaTarget, type LambdaTarget } from './lambda-caller.ts';

/** AWS guide: apigateway-websocket-api-integration-requests. The method does not matter: invoking is always a POST. */
export const lambdaProxyKind: IntegrationKind<LambdaTarget, IntegrationDeps> = {
  type: 'AWS_PROXY',
  parse: ({ record }) => lambdaTarget(record),
  create: (target, deps) => new LambdaProxy(new LambdaCaller(target, deps), deps.events),
};

class LambdaProxy implements Integration {
  readonly type = 'AWS_PROXY';
  readonly #caller: LambdaCaller;
  readonly #events: EventWriters;

  constructor(caller: LambdaCaller, events: EventWriters) {
    this.#caller = caller;
    this.#events = events;
  }

  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const write = this.#events[exchange.event];
    if (write === undefined) {
      throw new GatewayError('NOT_IMPLEMENTED', `no Lambda event for ${exchange.event} exchanges`);
    }
    const { payload, functionError } = await this.#caller.call(exchange, write(exchange));
    if (functionError !== undefined) {
      throw new GatewayError('INTEGRATION_FAILURE', `the function failed: ${excerpt(payload)}`);
    }
    if (!isAnswered(exchange)) return new LambdaAnswer(payload, exchange.event);
    const answer = decodeAnswer(payload, exchange.event);
    if (answer !== undefined) return answer;
    const detail = `Malformed Lambda proxy response: ${excerpt(payload)}`;
    throw new GatewayError('INTEGRATION_FAILURE', detail);
  }
}

const EXCERPT_BYTES = 512;

function excerpt(payload: Buffer): string {
  return payload.subarray(0, EXCERPT_BYTES).toString('utf8');
}
