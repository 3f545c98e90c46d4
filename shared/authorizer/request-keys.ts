// Condition keys of a request (IAM guide: reference_policies_condition-keys), as far as a gateway knows them.
import type { Principal } from '#shared/model/control.ts';
import type { RequestKeys } from './policy-pattern.ts';

/** What is known of a request. */
export interface RequestFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly sourceIp: string;
  readonly region: string;
  readonly userAgent?: string | undefined;
  readonly referer?: string | undefined;
  /** Who signed it. */
  readonly principal?: Principal;
  readonly accountId: string;
}

/** ARN of a principal: a user of the node's account. */
export function principalArn({ name }: Principal, accountId: string): string {
  return `arn:aws:iam::${accountId}:user/${name}`;
}

/** The keys of a request. All of Postern's listeners speak TLS, or stand behind what ends it. */
export function requestKeys(facts: RequestFacts): RequestKeys {
  const { now, principal, accountId } = facts;
  const keys: readonly (readonly [string, string | undefined])[] = [
    ['aws:currenttime', new Date(now).toISOString()],
    ['aws:epochtime', String(Math.floor(now / 1000))],
    ['aws:requestedregion', facts.region],
    ['aws:securetransport', 'true'],
    ['aws:sourceip', facts.sourceIp],
    ['aws:useragent', facts.userAgent],
    ['aws:referer', facts.referer],
    ...(principal === undefined ? [] : callerKeys(principal, accountId)),
  ];
  return new Map(keys.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function callerKeys(principal: Principal, accountId: string): [string, string][] {
  return [
    ['aws:principalaccount', accountId],
    ['aws:principalarn', principalArn(principal, accountId)],
    ['aws:principaltype', 'User'],
    ['aws:userid', principal.name],
    ['aws:username', principal.name],
  ];
}
