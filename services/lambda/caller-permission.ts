// What a caller of the Lambda API needs its policy to allow (service authorization reference: AWS Lambda).
import { passRole, type Permission } from '#shared/aws-api/permission.ts';
import type { Call } from '#shared/aws-api/service.ts';
import { arnOf, parseFunctionName } from './names.ts';

/** Actions that are not called like their operations. */
const ACTIONS: Readonly<Record<string, string>> = {
  Invoke: 'InvokeFunction',
  InvokeAsync: 'InvokeFunction',
  InvokeWithResponseStream: 'InvokeFunction',
};

/** The operation's action on the function that it names, `*` for those that name none; and a function's role. */
export function lambdaPermissions({ operation, input, context }: Call): readonly Permission[] {
  const action = `lambda:${ACTIONS[operation] ?? operation}`;
  return [{ action, resource: resourceOf(input, context) }, ...passRole(input['Role'])];
}

function resourceOf(input: Call['input'], context: Call['context']): string {
  const { FunctionName: name, Resource: arn, Qualifier: qualifier } = input;
  const named = name ?? arn;
  if (typeof named !== 'string') return '*';
  return arnOf(
    parseFunctionName(named, context, typeof qualifier === 'string' ? qualifier : undefined),
  );
}
