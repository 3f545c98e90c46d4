// Which model a message must fit, and whether it does. AWS guide: websocket-api-request-validation.
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { compileSelection } from '#shared/mapping/selection.ts';
import type { Body } from '#shared/model/exchange.ts';
import type { RouteRecord } from '#shared/model/records.ts';
import type { Models, Validator } from './models.ts';

/** The key of the model for messages that no other key fits. */
const CATCH_ALL = '$default';

/** What is wrong with a body as one text; `undefined` when it fits. */
export type RequestValidator = (body: Body) => string | undefined;

/**
 * The validator of a route; `undefined` when its model selection expression is not set, whatever its models are. A
 * value of the expression that names no model, with no `$default`, is a fault. Throws `DefinitionError` for models that
 * cannot be compiled, unless `lenient`: then messages that need one fail as a configuration error.
 */
export function compileRequestValidator(
  { ModelSelectionExpression, RequestModels = {} }: RouteRecord,
  models: Models,
  { lenient }: { readonly lenient: boolean },
): RequestValidator | undefined {
  if (ModelSelectionExpression === undefined) return undefined;
  const selection = compileSelection(ModelSelectionExpression, 'model');
  const validators = new Map(
    Object.entries(RequestModels).map(([key, name]) => [
      key,
      lenient ? lenientValidator(name, models) : models.validator(name),
    ]),
  );
  const fallback = validators.get(CATCH_ALL);
  return (body) => {
    const key = selection.evaluate({ body });
    const validator = (key === undefined ? undefined : validators.get(key)) ?? fallback;
    if (validator === undefined) return `[no model for the key ${JSON.stringify(key ?? '')}]`;
    const { json } = body;
    return json === undefined ? '[the body is not JSON]' : validator(json, body.bytes.length);
  };
}

function lenientValidator(name: string, models: Models): Validator {
  try {
    return models.validator(name);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return () => {
      throw new GatewayError('API_CONFIGURATION_ERROR', error.message, { cause: error });
    };
  }
}
