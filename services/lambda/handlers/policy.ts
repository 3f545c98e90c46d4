// AddPermission, GetPolicy and RemovePermission: who may invoke a function.
import { randomUUID } from 'node:crypto';
import type { ControlContext } from '#shared/model/control.ts';
import { checkRevision, requireFunction, retried } from '../deps.ts';
import type { HandlerDeps } from '../deps.ts';
import { conflict, invalidParameter, notFound, violation } from '../faults.ts';
import { functionArn } from '../function-record.ts';
import type { PolicyStatement } from '../function-record.ts';
import type { LambdaHandlers, LambdaInput } from '../model.ts';
import { parseFunctionName } from '../names.ts';

/** Handlers of resource policies. */
export function policyHandlers(
  deps: HandlerDeps,
): Pick<LambdaHandlers, 'AddPermission' | 'GetPolicy' | 'RemovePermission'> {
  return {
    AddPermission: async (input, context) => {
      refuseLatest(input, context);
      return retried(async () => {
        const { ref, stored } = await requireFunction(deps, input, context);
        checkRevision(input.RevisionId, stored.policy?.RevisionId);
        const resource = functionArn(ref.region, ref.accountId, ref.name);
        const statement = newStatement(input, resource);
        const before = stored.policy?.Statement ?? [];
        if (before.some(({ Sid }) => Sid === statement.Sid)) {
          throw conflict(
            `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
          );
        }
        const policy = { RevisionId: randomUUID(), Statement: [...before, statement] };
        await deps.functions.putPolicy(stored, policy);
        await deps.registry.refresh(ref);
        return { Statement: JSON.stringify(statement) };
      });
    },
    GetPolicy: async (input, context) => {
      const { policy } = (await requireFunction(deps, input, context)).stored;
      if (policy === undefined) throw notFound('The resource you requested does not exist.');
      const { Statement, RevisionId } = policy;
      const document = { Version: '2012-10-17', Id: 'default', Statement };
      return { Policy: JSON.stringify(document), RevisionId };
    },
    RemovePermission: async (input, context) =>
      retried(async () => {
        const { ref, stored } = await requireFunction(deps, input, context);
        const { policy } = stored;
        if (policy === undefined) {
          throw notFound('No policy is associated with the given resource.');
        }
        checkRevision(input.RevisionId, policy.RevisionId);
        const Statement = policy.Statement.filter(({ Sid }) => Sid !== input.StatementId);
        if (Statement.length === policy.Statement.length) {
          throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
        }
        await deps.functions.putPolicy(stored, { RevisionId: randomUUID(), Statement });
        await deps.registry.refresh(ref);
      }),
  };
}

function refuseLatest(input: LambdaInput<'AddPermission'>, context: ControlContext): void {
  const { qualifier } = parseFunctionName(input.FunctionName, context, input.Qualifier);
  if (qualifier === '$LATEST') {
    throw invalidParameter('We currently do not support adding policies for $LATEST.');
  }
}

function newStatement(input: LambdaInput<'AddPermission'>, resource: string): PolicyStatement {
  checkPattern('statementId', input.StatementId, /^[a-zA-Z0-9-_]{1,100}$/, '([a-zA-Z0-9-_]+)');
  checkPattern(
    'action',
    input.Action,
    /^(?:lambda:\*|lambda:[a-zA-Z]+|\*)$/,
    '(lambda:[*]|lambda:[a-zA-Z]+|[*])',
  );
  const condition = conditionOf(input);
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

function checkPattern(member: string, value: string, pattern: RegExp, told: string): void {
  if (pattern.test(value)) return;
  throw violation(value, member, `Member must satisfy regular expression pattern: ${told}`);
}

/** A service, an account, an ARN or everybody, each in the form GetPolicy shows. */
function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws[a-zA-Z-]*:(?:iam|sts)::\d{12}:/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9.-]+\.(?:amazonaws\.com|amazon\.com)(?:\.cn)?$/.test(principal)) {
    return { Service: principal };
  }
  throw invalidParameter(
    'The provided principal was invalid. Please check the principal and try again.',
  );
}

function conditionOf(input: LambdaInput<'AddPermission'>): Record<string, Record<string, string>> {
  const { SourceArn, SourceAccount, PrincipalOrgID, EventSourceToken } = input;
  const { FunctionUrlAuthType, InvokedViaFunctionUrl } = input;
  const equals = {
    ...(SourceAccount === undefined ? {} : { 'AWS:SourceAccount': SourceAccount }),
    ...(PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': PrincipalOrgID }),
    ...(EventSourceToken === undefined ? {} : { 'lambda:EventSourceToken': EventSourceToken }),
    ...(FunctionUrlAuthType === undefined
      ? {}
      : { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
  };
  return {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { 'lambda:InvokedViaFunctionUrl': String(InvokedViaFunctionUrl) } }),
    ...(SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': SourceArn } }),
  };
}
