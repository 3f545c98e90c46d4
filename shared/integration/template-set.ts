// Templates by the value of a template selection expression, with `$default` for what matches none.
import type { StringMap } from '#shared/model/records.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import {
  compileSelection,
  type SelectionExpression,
  type SelectionPlace,
  type SelectionScope,
} from '#shared/mapping/selection.ts';
import {
  compileTemplate,
  TemplateError,
  type TemplateScope,
} from '#shared/mapping/vtl/template.ts';

/** A template whose failures are the gateway's. */
export interface SafeTemplate {
  /** Throws `GatewayError` API_CONFIGURATION_ERROR when the template fails. */
  render(scope: TemplateScope): string;
}

/** Compiled templates of one integration or integration response. */
export interface TemplateSet {
  readonly expression: SelectionExpression | undefined;
  readonly templates: ReadonlyMap<string, SafeTemplate>;
}

/** What a record says of its templates. */
export interface TemplateDefinition {
  readonly expression: string | undefined;
  readonly templates: StringMap;
  readonly place: SelectionPlace;
}

/** Compiles all templates. Throws `DefinitionError` naming the key of the one that cannot be read. */
export function compileTemplates(definition: TemplateDefinition): TemplateSet {
  const { expression, templates, place } = definition;
  const compiled = Object.entries(templates).map(([key, text]): [string, SafeTemplate] => [
    key,
    compileSafe(key, text),
  ]);
  return {
    expression: expression === undefined ? undefined : compileSelection(expression, place),
    templates: new Map(compiled),
  };
}

/** The template for one exchange; `undefined` when neither the expression's value nor `$default` has one. */
export function chooseTemplate(set: TemplateSet, scope: SelectionScope): SafeTemplate | undefined {
  if (set.templates.size === 0) return undefined;
  const key = set.expression?.evaluate(scope);
  const chosen = key === undefined ? undefined : set.templates.get(key);
  return chosen ?? set.templates.get('$default');
}

function compileSafe(key: string, text: string): SafeTemplate {
  const template = named(key, () => compileTemplate(text));
  return {
    render: (scope) => {
      try {
        return template.render(scope);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        const detail = `template ${JSON.stringify(key)}: ${error.message}`;
        throw new GatewayError('API_CONFIGURATION_ERROR', detail, { cause: error });
      }
    },
  };
}

function named<T>(key: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`template ${JSON.stringify(key)}: ${error.message}`, {
      cause: error,
    });
  }
}
