// Execution logs: what happened to an exchange, at INFO all of it, at ERROR failures only. AWS guide: set-up-logging.
import type { EndedExchange, ExchangeEnd, ExchangeObserver } from '#shared/model/observation.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** What a route's settings say. */
export interface ExecutionLogSettings {
  readonly level: 'INFO' | 'ERROR';
  /** Whether bodies are logged. */
  readonly dataTrace: boolean;
  /** Where AWS cuts each event of these logs: bytes. */
  readonly longest: number;
}

/** Writes to `logger` as lines of its component, each beginning with the request id. */
export class ExecutionLogObserver implements ExchangeObserver {
  readonly thorough = true;
  readonly #settings: ExecutionLogSettings;
  readonly #logger: Logger;

  constructor(settings: ExecutionLogSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  ended(exchange: EndedExchange, end: ExchangeEnd): void {
    if (this.#settings.level === 'INFO') {
      for (const text of this.#story(exchange, end)) this.#write('info', exchange, text);
    }
    const { error } = end;
    if (error !== undefined) {
      this.#write('error', exchange, `Execution failed due to ${error.type}: ${error.detail}`);
    }
    if (this.#settings.level === 'INFO') {
      this.#write('info', exchange, `Method completed with status: ${end.status}`);
    }
  }

  *#story(exchange: EndedExchange, end: ExchangeEnd): Iterable<string> {
    const { dataTrace } = this.#settings;
    const { event, route, connection, request, phases } = exchange;
    yield `Starting execution for request: ${exchange.id}`;
    yield `${event} ${route?.routeKey ?? '-'} of connection ${connection?.id ?? '-'}`;
    if (dataTrace && event === 'MESSAGE') {
      yield `Method request body before transformations: ${request.body.text}`;
    }
    const integration = phases?.integration;
    if (integration !== undefined) {
      const { status, latency, requestId } = integration;
      yield `Integration answered status ${status ?? '-'} in ${latency ?? '-'} ms, request id ${requestId ?? '-'}`;
    }
    if (dataTrace && end.reply !== undefined) {
      yield `Method response body after transformations: ${Buffer.from(end.reply).toString()}`;
    }
  }

  #write(level: 'info' | 'error', exchange: EndedExchange, text: string): void {
    const { id, stage, route } = exchange;
    this.#logger[level](cut(`(${id}) ${text}`, this.#settings.longest), {
      apiId: stage.apiId,
      stage: stage.name,
      ...(route && { routeKey: route.routeKey }),
      requestId: id,
    });
  }
}

/** The first `longest` bytes of `text`, without half a character. */
function cut(text: string, longest: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= longest) return text;
  return new TextDecoder().decode(bytes.subarray(0, longest), { stream: true });
}
