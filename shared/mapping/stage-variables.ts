// `${stageVariables.name}` in URIs, resolved when a stage is compiled, since its variables are fixed until it is compiled again.
import type { StringMap } from '#shared/model/records.ts';

const REFERENCE = /\$\{stageVariables\.([\w]+)\}/g;

/** `text` with its stage variables filled in; `missing` names the first that the stage does not have. */
export type Substituted =
  | { readonly text: string; readonly missing?: never }
  | { readonly missing: string; readonly text?: never };

/** Fills in the stage variables of `text`. AWS answers 500 at run time when one is missing, so this is no error yet. */
export function fillStageVariables(text: string, variables: StringMap): Substituted {
  let missing: string | undefined;
  const filled = text.replace(REFERENCE, (_reference, name: string) => {
    if (Object.hasOwn(variables, name)) return variables[name] ?? '';
    missing ??= name;
    return '';
  });
  return missing === undefined ? { text: filled } : { missing };
}

/** `text` with `placeholder` for every stage variable: what can be checked before the variables are known. */
export function maskStageVariables(text: string, placeholder: string): string {
  return text.replace(REFERENCE, () => placeholder);
}
