// Counts ends of exchanges as AWS's metrics do. AWS guide: apigateway-websocket-api-logging.
import type { EndedExchange, ExchangeEnd, ExchangeObserver } from '#shared/model/observation.ts';
import type { TrafficCounts } from '#shared/runtime/traffic.ts';

/** Failures of the gateway to get an answer, as against answers that are errors. */
const EXECUTION_ERRORS: ReadonlySet<string> = new Set([
  'API_CONFIGURATION_ERROR',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'AUTHORIZER_FAILURE',
  'INTEGRATION_TIMEOUT',
  'NOT_IMPLEMENTED',
]);

/** Counts into `counts`. */
export class MetricsObserver implements ExchangeObserver {
  readonly thorough = false;
  readonly #counts: TrafficCounts;

  constructor(counts: TrafficCounts) {
    this.#counts = counts;
  }

  ended(exchange: EndedExchange, end: ExchangeEnd): void {
    const counts = this.#counts;
    if (exchange.event === 'MESSAGE') counts.messages++;
    if (end.reply !== undefined) counts.messages++;
    if (end.integrationMs !== undefined) this.#called(exchange, end.integrationMs);
    if (end.error !== undefined) this.#failed(end.error.type, end.error.status);
    else if (end.integrationStatus !== undefined && end.integrationStatus >= 400) {
      counts.integrationErrors++;
      if (end.integrationStatus < 500) counts.clientErrors++;
    }
  }

  pushed(): void {
    this.#counts.messages++;
  }

  #called(exchange: EndedExchange, ms: number): void {
    if (exchange.event === 'CONNECT') this.#counts.connects++;
    if (exchange.route?.integration?.type !== 'MOCK') this.#counts.latency.add(ms);
  }

  #failed(type: string, status: number): void {
    if (status < 500) this.#counts.clientErrors++;
    else if (EXECUTION_ERRORS.has(type)) this.#counts.executionErrors++;
    else this.#counts.integrationErrors++;
  }
}
