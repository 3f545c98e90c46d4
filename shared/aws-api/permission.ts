// Whether the policy of a request's signer allows it (AWS: service authorization reference of each service).
import { policyOf, type Verdict } from '#shared/authorizer/policy.ts';
import { principalArn, requestKeys } from '#shared/authorizer/request-keys.ts';
import { peerAddress } from '#shared/exchange/peer-address.ts';
import type { Principal } from '#shared/model/control.ts';
import { ServiceError } from './service-error.ts';
import { headerValue } from './wire.ts';

/** What a policy is asked for. */
export interface Permission {
  /** `lambda:InvokeFunction` */
  readonly action: string;
  /** An ARN, or `*` where an operation is about no single resource. */
  readonly resource: string;
}

/** What naming a role needs (IAM guide: id_roles_use_passrole); nothing when `role` is not given. */
export function passRole(role: unknown): readonly Permission[] {
  return typeof role === 'string' && role !== ''
    ? [{ action: 'iam:PassRole', resource: role }]
    : [];
}

/** Who asks, and from where. */
export interface Caller {
  readonly principal: Principal;
  readonly region: string;
  readonly accountId: string;
  readonly rawHeaders: readonly string[];
  /** As the socket tells it. */
  readonly remoteAddress: string | undefined;
}

/** What the caller's policy says. Time is the wall clock, as for signatures. */
export function verdictOf({ action, resource }: Permission, caller: Caller): Verdict {
  const { rawHeaders, remoteAddress, ...rest } = caller;
  const keys = requestKeys({
    ...rest,
    now: Date.now(),
    sourceIp: peerAddress(remoteAddress),
    userAgent: headerValue(rawHeaders, 'user-agent'),
    referer: headerValue(rawHeaders, 'referer'),
  });
  return policyOf(caller.principal).evaluate({ action, resource, keys });
}

/** Throws AccessDeniedException with AWS's text unless the caller's policy allows all of `permissions`. */
export function requirePermissions(permissions: readonly Permission[], caller: Caller): void {
  if (caller.principal.policy === undefined) return;
  for (const permission of permissions) {
    const verdict = verdictOf(permission, caller);
    if (!verdict.allowed) throw accessDenied(permission, caller, verdict);
  }
}

function accessDenied(
  { action, resource }: Permission,
  { principal, accountId }: Caller,
  { explicit }: Verdict,
): ServiceError {
  const why = explicit
    ? ' with an explicit deny in an identity-based policy'
    : ` because no identity-based policy allows the ${action} action`;
  const user = principalArn(principal, accountId);
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource}${why}`;
  return new ServiceError('AccessDeniedException', 403, message);
}
