// The answer of a Lambda proxy function, decoded when first read.
import type { IntegrationResult } from '#shared/model/integration.ts';
import type { ExchangeEvent } from '#shared/model/exchange.ts';

const MALFORMED: IntegrationResult = { status: 502, headers: {}, body: undefined };
const NOTHING: IntegrationResult = { status: 200, headers: {}, body: undefined };

/** Answer over a function's payload; one that is malformed reads as status 502 without a body. */
export class LambdaAnswer implements IntegrationResult {
  readonly #payload: Buffer;
  readonly #event: ExchangeEvent;
  #decoded: IntegrationResult | undefined;

  constructor(payload: Buffer, event: ExchangeEvent) {
    this.#payload = payload;
    this.#event = event;
  }

  get status(): number {
    return this.#read().status;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#read().headers;
  }

  get body(): Uint8Array | undefined {
    return this.#read().body;
  }

  #read(): IntegrationResult {
    this.#decoded ??= decodeAnswer(this.#payload, this.#event) ?? MALFORMED;
    return this.#decoded;
  }
}

/**
 * Decodes `{statusCode, headers, body}`; `undefined` when malformed. A handshake needs a status code; a message's
 * answer may be null or without one. Base64 bodies stay text, as AWS leaves them where no binary types are declared.
 */
export function decodeAnswer(payload: Buffer, event: ExchangeEvent): IntegrationResult | undefined {
  const answer = parse(payload);
  if (event === 'MESSAGE' && answer === null) return NOTHING;
  if (!isMap(answer)) return undefined;
  const status = statusOf(answer['statusCode'], event);
  const headers = headersOf(answer);
  const body = answer['body'] ?? undefined;
  if (status === undefined || headers === undefined) return undefined;
  if (body !== undefined && typeof body !== 'string') return undefined;
  return {
    status,
    headers,
    body: body === undefined || body === '' ? undefined : Buffer.from(body),
  };
}

function parse(payload: Buffer): unknown {
  if (payload.length === 0) return null;
  try {
    return JSON.parse(payload.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function statusOf(code: unknown, event: ExchangeEvent): number | undefined {
  if (code === undefined || code === null) return event === 'MESSAGE' ? 200 : undefined;
  const status = typeof code === 'string' && /^\d{3}$/.test(code) ? Number(code) : code;
  return typeof status === 'number' && Number.isInteger(status) ? status : undefined;
}

/** Values of both maps as text; of a multi-value header the last. */
function headersOf(answer: Record<string, unknown>): Record<string, string> | undefined {
  const single = answer['headers'] ?? {};
  const multi = answer['multiValueHeaders'] ?? {};
  if (!isMap(single) || !isMap(multi)) return undefined;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, values] of Object.entries(multi)) {
    if (!Array.isArray(values)) return undefined;
    if (isScalar(values.at(-1))) headers[name] = String(values.at(-1));
  }
  for (const [name, value] of Object.entries(single)) {
    if (isScalar(value)) headers[name] = String(value);
  }
  return headers;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
