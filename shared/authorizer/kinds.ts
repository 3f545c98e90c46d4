// The table of authorizer kinds: one row an authorization type.
import type { Authorizer, AuthorizerKind } from '#shared/model/authorizer.ts';
import type { AuthorizerRecord, RouteRecord } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { AuthorizerDeps } from './deps.ts';
import { iamKind } from './iam.ts';
import { lambdaKind } from './lambda.ts';

type Compile = (record: AuthorizerRecord | undefined, deps: AuthorizerDeps) => Authorizer;

const KINDS: Readonly<Record<Exclude<RouteRecord['AuthorizationType'], 'NONE'>, Compile>> = {
  AWS_IAM: row(iamKind),
  CUSTOM: row(lambdaKind),
  JWT: () => {
    throw new DefinitionError('authorization type JWT is not supported yet');
  },
};

/**
 * Compiles who lets clients into a route; `undefined` when everybody may come in. `record` is the route's authorizer.
 * Throws `DefinitionError` for what can never run.
 */
export function createAuthorizer(
  { AuthorizationType: type }: RouteRecord,
  record: AuthorizerRecord | undefined,
  deps: AuthorizerDeps,
): Authorizer | undefined {
  return type === 'NONE' ? undefined : KINDS[type](record, deps);
}

function row<Settings>(
  kind: AuthorizerKind<AuthorizerRecord | undefined, Settings, AuthorizerDeps>,
): Compile {
  return (record, deps) => kind.create(kind.parse(record), deps);
}
