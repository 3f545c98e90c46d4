// The response side of a non-proxy integration: which integration response, and what it makes of the answer.
import { isUtf8 } from 'node:buffer';
import type { Body } from '#shared/model/exchange.ts';
import type { IntegrationResult } from '#shared/model/integration.ts';
import type { IntegrationResponseRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { toClient } from '#shared/mapping/binary.ts';
import { compileParameters, type ParameterMapping } from '#shared/mapping/parameters.ts';
import { compileResponseKey } from '#shared/mapping/pattern.ts';
import type { BackendAnswer } from '#shared/mapping/selection.ts';
import { isAnswered } from './deps.ts';
import { chooseTemplate, compileTemplates, type TemplateSet } from './template-set.ts';

/** An answer on its way to the client. `payload` is what goes through when no template applies. */
export interface MappedAnswer extends BackendAnswer {
  readonly payload: Uint8Array | undefined;
}

/** Maps an answer; `key` is what integration response keys are matched against. Throws `GatewayError` when none does. */
export type ResponseMapping = (
  exchange: RoutedExchange,
  key: string,
  answer: MappedAnswer,
) => IntegrationResult;

interface CompiledResponse {
  /** Absent: `$default`. */
  readonly matches: ((value: string) => boolean) | undefined;
  readonly templates: TemplateSet;
  readonly parameters: readonly ParameterMapping[];
  readonly handling: IntegrationResponseRecord['ContentHandlingStrategy'];
}

/** Compiles the integration responses of one integration. Throws `DefinitionError` naming the response's key. */
export function compileResponseMapping(
  records: readonly IntegrationResponseRecord[],
): ResponseMapping {
  const responses = records.map((record) => compileResponse(record));
  const fallback = responses.find(({ matches }) => matches === undefined);
  return (exchange, key, answer) => {
    const chosen = responses.find(({ matches }) => matches?.(key) === true) ?? fallback;
    if (chosen === undefined) {
      const detail = `No match for output mapping and no default output mapping configured: ${key}`;
      throw new GatewayError('API_CONFIGURATION_ERROR', detail);
    }
    if (!isAnswered(exchange)) return { status: answer.status, headers: {}, body: undefined };
    return mapAnswer(chosen, exchange, answer);
  };
}

function compileResponse(record: IntegrationResponseRecord): CompiledResponse {
  const key = record.IntegrationResponseKey;
  try {
    return {
      matches: compileResponseKey(key),
      templates: compileTemplates({
        expression: record.TemplateSelectionExpression,
        templates: record.ResponseTemplates ?? {},
        place: 'responseTemplate',
      }),
      parameters: compileParameters(record.ResponseParameters ?? {}, 'response'),
      handling: record.ContentHandlingStrategy,
    };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`response ${key}: ${error.message}`, { cause: error });
  }
}

function mapAnswer(
  response: CompiledResponse,
  exchange: RoutedExchange,
  answer: MappedAnswer,
): IntegrationResult {
  const scope = { body: exchange.request.body, exchange, answer };
  const template = chooseTemplate(response.templates, scope);
  const body =
    template === undefined
      ? answer.payload && toClient(answer.payload, response.handling)
      : bytesOf(
          template.render({ exchange, body: answer.body, params: exchange.params }),
          answer.body,
        );
  return {
    status: answer.status,
    headers: headersOf(response, exchange, answer),
    body: body !== undefined && body.length > 0 ? body : undefined,
  };
}

const MOST_UTF8_BYTES = 3;

/** `text` as bytes: those of `body` where a template has handed its text through, as `$input.body` does. */
function bytesOf(text: string, body: Body): Uint8Array {
  const { bytes } = body;
  const fits = text.length <= bytes.length && bytes.length <= text.length * MOST_UTF8_BYTES;
  return fits && text === body.text && isUtf8(bytes) ? bytes : Buffer.from(text);
}

function headersOf(
  { parameters }: CompiledResponse,
  exchange: RoutedExchange,
  answer: MappedAnswer,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, read } of parameters) {
    const value = read({ exchange, answer });
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
