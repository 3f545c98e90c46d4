// Invoke: an event by HTTP.
import { checkChoice } from '../constraints.ts';
import type { HandlerDeps } from '../deps.ts';
import { invokeFault, notImplemented } from '../faults.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { LambdaHandlers, LambdaInput } from '../model.ts';
import type { InvokeOptions } from '#shared/model/functions.ts';
import { parseFunctionName } from '../names.ts';

const STATUS = { RequestResponse: 200, Event: 202, DryRun: 204 } as const;
const EMPTY_EVENT = '{}';

/** Handler of Invoke. */
export function invokeHandlers(deps: HandlerDeps): Pick<LambdaHandlers, 'Invoke'> {
  return {
    Invoke: async (input, context) => {
      const ref = parseFunctionName(input.FunctionName, context, input.Qualifier);
      const options = optionsOf(input);
      const event = checkedEvent(input.Payload);
      const result = await deps.invoker.invoke(ref, event, options).catch((error: unknown) => {
        throw invokeFault(error);
      });
      const { functionError, logTail } = result;
      return {
        StatusCode: STATUS[options.invocationType],
        Payload: result.payload,
        ...(options.invocationType === 'DryRun' ? {} : { ExecutedVersion: result.executedVersion }),
        ...(functionError === undefined ? {} : { FunctionError: functionError }),
        ...(logTail === undefined ? {} : { LogResult: logTail }),
      };
    },
  };
}

function optionsOf(
  input: LambdaInput<'Invoke'>,
): InvokeOptions & { readonly invocationType: keyof typeof STATUS } {
  const { InvocationType, LogType, ClientContext, DurableExecutionName, TenantId } = input;
  checkChoice('invocationType', InvocationType, Object.keys(STATUS));
  checkChoice('logType', LogType, ['None', 'Tail']);
  if (DurableExecutionName !== undefined) throw notImplemented('A durable execution');
  if (TenantId !== undefined) throw notImplemented('Tenant isolation');
  return {
    invocationType: InvocationType ?? 'RequestResponse',
    ...(ClientContext === undefined ? {} : { clientContext: checkedContext(ClientContext) }),
    ...(LogType === 'Tail' ? { logTail: true } : {}),
  };
}

/** The payload must be JSON; without one the event is an empty object. */
function checkedEvent(payload: Uint8Array | undefined): Uint8Array | string {
  if (payload === undefined || payload.length === 0) return EMPTY_EVENT;
  try {
    JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(payload));
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw badContent(
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    );
  }
  return payload;
}

function checkedContext(base64: string): string {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    throw badContent('Client context must be a valid Base64-encoded JSON object.');
  }
  return base64;
}

function badContent(message: string): ServiceError {
  return new ServiceError('InvalidRequestContentException', 400, message);
}
