// The request side of a non-proxy integration: template selection, passthrough, rendering.
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { chooseTemplate, compileTemplates } from './template-set.ts';

/** Text for the back end of one exchange. Throws `GatewayError`: 415 without a template, 500 when one fails. */
export type RequestMapping = (exchange: RoutedExchange) => string;

/** Compiles the templates of `record`. Throws `DefinitionError` naming the template. */
export function compileRequestMapping(record: IntegrationRecord): RequestMapping {
  const templates = compileTemplates({
    expression: record.TemplateSelectionExpression,
    templates: record.RequestTemplates ?? {},
    place: 'requestTemplate',
  });
  const passes = passesThrough(record);
  return (exchange) => {
    const { body } = exchange.request;
    const template = chooseTemplate(templates, { body, exchange });
    if (template !== undefined) return template.render({ exchange, body, params: exchange.params });
    if (passes) return body.text;
    throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', 'no request template matches');
  };
}

/** AWS guide: integration-passthrough-behaviors. */
function passesThrough(record: IntegrationRecord): boolean {
  const hasTemplates = Object.keys(record.RequestTemplates ?? {}).length > 0;
  switch (record.PassthroughBehavior) {
    case 'NEVER':
      return false;
    case 'WHEN_NO_TEMPLATES':
      return !hasTemplates;
    default:
      return true;
  }
}
