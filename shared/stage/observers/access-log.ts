// Writes one line of a stage's access log for each CONNECT, MESSAGE and DISCONNECT. AWS guide: websocket-api-logging.
import { compileAccessLog, type AccessLogFormat } from '#shared/exchange/access-log.ts';
import type { Outcome } from '#shared/exchange/context.ts';
import type {
  AccessLine,
  EndedExchange,
  ExchangeEnd,
  ExchangeObserver,
} from '#shared/model/observation.ts';

/** What a stage says of its access log. */
export interface AccessLogSettings {
  readonly destinationArn: string;
  readonly format: string;
}

/** Gives finished lines to `write`. */
export class AccessLogObserver implements ExchangeObserver {
  readonly thorough = true;
  readonly #destinationArn: string;
  readonly #format: AccessLogFormat;
  readonly #write: (line: AccessLine) => void;

  constructor({ destinationArn, format }: AccessLogSettings, write: (line: AccessLine) => void) {
    this.#destinationArn = destinationArn;
    this.#format = compileAccessLog(format);
    this.#write = write;
  }

  ended(exchange: EndedExchange, end: ExchangeEnd): void {
    const { apiId, name } = exchange.stage;
    this.#write({
      apiId,
      stage: name,
      requestId: exchange.id,
      destinationArn: this.#destinationArn,
      message: this.#format(exchange, outcomeOf(end)),
    });
  }
}

/** Phases stand on the exchange. */
function outcomeOf({ status, error }: ExchangeEnd): Outcome {
  return {
    status,
    ...(error && { error }),
    ...(error?.type === 'BAD_REQUEST_BODY' && { validationError: error.detail }),
  };
}
