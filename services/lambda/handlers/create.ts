// CreateFunction and DeleteFunction.
import { ConflictError } from '#shared/exchange/errors.ts';
import { CREATING, configurationOf, newRecord } from '../configuration.ts';
import type { NewFunction } from '../configuration.ts';
import { checkChoice } from '../constraints.ts';
import { requireFunction } from '../deps.ts';
import type { HandlerDeps } from '../deps.ts';
import { conflict, invalidParameter, notImplemented } from '../faults.ts';
import type { LambdaHandlers, LambdaInput } from '../model.ts';
import { parseFunctionName, requireLatest } from '../names.ts';
import { checkTags } from './tags.ts';
import { storeCode } from './zip.ts';

/** Handlers that make and end functions. */
export function createHandlers(
  deps: HandlerDeps,
): Pick<LambdaHandlers, 'CreateFunction' | 'DeleteFunction'> {
  return {
    CreateFunction: async (input, context) => {
      const ref = parseFunctionName(input.FunctionName, context);
      requireLatest(ref, context.accountId);
      const { Runtime, Handler } = checkPackage(input);
      if (await deps.functions.get(ref)) throw conflict(`Function already exist: ${ref.name}`);
      const given: NewFunction = {
        FunctionName: ref.name,
        Region: ref.region,
        Runtime,
        Handler,
        Role: input.Role,
        Architectures: input.Architectures ?? ['x86_64'],
        Tags: input.Tags ?? {},
        CodeHash: '',
        CodeSize: 0,
      };
      // Before the code is stored: a refused function leaves nothing behind.
      const record = newRecord(given, input, deps.now());
      const created = { ...record, ...(await storeCode(deps, input.Code, ref)) };
      await deps.functions.put(created, 0).catch(alreadyThere(ref.name));
      return configurationOf(created, context.accountId, CREATING);
    },
    DeleteFunction: async (input, context) => {
      const { stored, ref } = await requireFunction(deps, input, context);
      if (ref.qualifier !== undefined) {
        throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
      }
      await deps.functions.delete(stored);
      await deps.registry.refresh(ref);
      return { StatusCode: 204 };
    },
  };
}

/** Between the check and the commit somebody else made it. */
function alreadyThere(name: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof ConflictError ? conflict(`Function already exist: ${name}`) : error;
  };
}

function checkPackage(input: LambdaInput<'CreateFunction'>): { Runtime: string; Handler: string } {
  const { Runtime, Handler, PackageType, Publish, Architectures, Tags } = input;
  checkChoice('packageType', PackageType, ['Image', 'Zip']);
  if (PackageType === 'Image') throw notImplemented('A function from a container image');
  if (Publish === true) throw notImplemented('Publishing a version');
  for (const one of Architectures ?? []) checkChoice('architectures', one, ['arm64', 'x86_64']);
  if (Tags !== undefined) checkTags(Tags);
  if (Runtime === undefined || Handler === undefined) {
    throw invalidParameter(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    );
  }
  return { Runtime, Handler };
}
