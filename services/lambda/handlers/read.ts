// GetFunction, GetFunctionConfiguration and ListFunctions.
import { configurationOf, SETTLED } from '../configuration.ts';
import { checkChoice } from '../constraints.ts';
import { requireFunction } from '../deps.ts';
import type { HandlerDeps } from '../deps.ts';
import { invalidParameter } from '../faults.ts';
import type { LambdaHandlers } from '../model.ts';

/** AWS: "returns a maximum of 50 items in each response, even if you set the number higher". */
const PAGE = 50;

/** Handlers that show functions. */
export function readHandlers(
  deps: HandlerDeps,
): Pick<LambdaHandlers, 'GetFunction' | 'GetFunctionConfiguration' | 'ListFunctions'> {
  return {
    GetFunction: async (input, context) => {
      const { record } = (await requireFunction(deps, input, context)).stored;
      const tagged = Object.keys(record.Tags).length > 0;
      return {
        Configuration: configurationOf(record, context.accountId, SETTLED),
        Code: { RepositoryType: 'S3', Location: deps.codeUrl(record) },
        ...(tagged ? { Tags: record.Tags } : {}),
      };
    },
    GetFunctionConfiguration: async (input, context) => {
      const { record } = (await requireFunction(deps, input, context)).stored;
      return configurationOf(record, context.accountId, SETTLED);
    },
    ListFunctions: async ({ Marker, MaxItems, FunctionVersion }, { region, accountId }) => {
      checkChoice('functionVersion', FunctionVersion, ['ALL']);
      const after = Marker === undefined ? {} : { after: readMarker(Marker) };
      const limit = Math.max(1, Math.min(PAGE, MaxItems ?? PAGE));
      const { records, next } = await deps.functions.list(region, { ...after, limit });
      return {
        Functions: records.map((record) => configurationOf(record, accountId)),
        ...(next === undefined ? {} : { NextMarker: Buffer.from(next).toString('base64url') }),
      };
    },
  };
}

function readMarker(marker: string): string {
  const name = Buffer.from(marker, 'base64url').toString('utf8');
  if (!/^[a-zA-Z0-9-_]+$/.test(name)) throw invalidParameter('Invalid marker');
  return name;
}
