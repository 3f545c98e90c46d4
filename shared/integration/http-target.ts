// Where an HTTP integration's requests go: origin, path with parameters, fixed query.
import type { StringMap } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { fillStageVariables, maskStageVariables } from '#shared/mapping/stage-variables.ts';

/** A resolved integration URI. */
export interface HttpTarget {
  readonly origin: string;
  /** Path with `{name}` still in it; at least `/`. */
  readonly path: string;
  /** Query without `?`; empty when there is none. */
  readonly query: string;
  /** What the back end is called when that is not the origin's host; with TLS, the name its certificate is for. */
  readonly host?: string;
}

const URI = /^(https?):\/\/([^/?#\s{}@]+)(\/[^?#\s]*)?(?:\?([^#\s]*))?$/;
const PLACEHOLDER = /\{([\w.$-]+)\+?\}/g;
/** With a variable at the beginning nothing can be said before the stage is known. */
const VARIABLE_FIRST = /^\$\{stageVariables\./;

/** Throws `DefinitionError` when `uri` can be no http or https address, whatever its stage variables are. */
export function checkHttpUri(uri: string | undefined): string {
  const masked = maskStageVariables(uri ?? '', '1');
  const isOpen = uri !== undefined && VARIABLE_FIRST.test(uri);
  if (uri !== undefined && (isOpen || parse(masked) !== undefined)) return uri;
  throw new DefinitionError(`${JSON.stringify(uri ?? '')} is no http or https address`);
}

/** The target on a stage with `variables`; the reason as text when there is none. */
export function resolveHttpUri(uri: string, variables: StringMap): HttpTarget | string {
  const filled = fillStageVariables(uri, variables);
  if (filled.text === undefined) return `stage variable ${filled.missing} is not set`;
  return parse(filled.text) ?? `${filled.text} is no http or https address`;
}

/** `path` with its parameters filled in, percent-encoded; `missing` names one that no mapping fills. */
export function fillPath(
  path: string,
  parameters: ReadonlyMap<string, string>,
): { readonly path: string; readonly missing?: string } {
  let missing: string | undefined;
  const filled = path.replace(PLACEHOLDER, (_placeholder, name: string) => {
    const value = parameters.get(name);
    if (value === undefined) missing ??= name;
    return encodeURIComponent((value ?? '').toWellFormed());
  });
  return missing === undefined ? { path: filled } : { path: filled, missing };
}

function parse(text: string): HttpTarget | undefined {
  const [, scheme, authority, path = '/', query = ''] = URI.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  const address = `${scheme}://${authority}`;
  return URL.canParse(address) ? { origin: new URL(address).origin, path, query } : undefined;
}
