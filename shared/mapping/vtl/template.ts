// Mapping templates: Velocity text, compiled once to closures over values of ours, rendered per exchange within limits.
import type { Body } from '#shared/model/exchange.ts';
import type { Params } from '#shared/model/stage.ts';
import type { ContextExchange, Outcome } from '#shared/exchange/context.ts';
import { headerMap } from '#shared/exchange/headers.ts';
import { queryMap } from '#shared/exchange/query.ts';
import { compilationOf, compileNodes } from './compile.ts';
import { ContextObject } from './context-object.ts';
import { Input } from './input.ts';
import { TEMPLATE_LIMITS, TemplateError, type TemplateLimits } from './limits.ts';
import { parseTemplate } from './parse.ts';
import { DocumentChange, Run } from './run.ts';
import { UTIL } from './util.ts';
import { mapPut, type ValueMap } from './values.ts';

export { TEMPLATE_LIMITS, TemplateError, type TemplateLimits } from './limits.ts';

/** What a template maps. */
export interface TemplateScope {
  readonly exchange: ContextExchange;
  /** What `$input` reads: the request's body, or the back end's. */
  readonly body: Body;
  readonly params?: Params;
  readonly outcome?: Outcome;
}

/** A compiled template. */
export interface Template {
  /** The text for one exchange. Throws `TemplateError`, and nothing else, when it fails or passes a limit. */
  render(scope: TemplateScope): string;
}

/** Compiles `text`. Throws `DefinitionError` with line and column. */
export function compileTemplate(text: string, limits: TemplateLimits = TEMPLATE_LIMITS): Template {
  const statement = compileNodes(parseTemplate(text, limits), compilationOf(text));
  /** Whether the template changes documents, as one rendering has found out: the next begin with their own. */
  let changes = false;
  const render = (scope: TemplateScope): string => {
    const run = begin(scope, limits, changes);
    statement(run);
    return run.output;
  };
  return {
    render: (scope) =>
      guarded(() => {
        if (changes) return render(scope);
        try {
          return render(scope);
        } catch (error) {
          if (!(error instanceof DocumentChange)) throw error;
          changes = true;
          return render(scope);
        }
      }),
  };
}

function begin(scope: TemplateScope, limits: TemplateLimits, ownsDocument: boolean): Run {
  const run = new Run(limits, ownsDocument);
  const { exchange, body, outcome, params } = scope;
  run.variables
    .set('input', new Input({ body, params: () => paramsOf(exchange, params) }))
    .set('context', new ContextObject(exchange, outcome))
    .set('stageVariables', { ...exchange.stage.variables })
    .set('util', UTIL);
  return run;
}

/** JavaScript's own refusals (a stack or a text too large) are template errors like the limits'. */
function guarded(render: () => string): string {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError(`the template asks for too much: ${error.message}`, { cause: error });
  }
}

function paramsOf(exchange: ContextExchange, params: Params | undefined): ValueMap {
  const { rawHeaders, query } = exchange.request;
  return {
    path: { ...params },
    querystring: lastValues(queryMap(query)),
    header: lastValues(headerMap(rawHeaders)),
  };
}

function lastValues(map: ReadonlyMap<string, readonly string[]>): ValueMap {
  const values: ValueMap = {};
  for (const [name, all] of map) mapPut(values, name, all.at(-1));
  return values;
}
