// API keys as operations answer them, and what their members may be.
import type { ApiKeyRecord } from '#shared/model/usage.ts';
import { without } from '../../definitions/patch.ts';
import { badRequest } from '../../faults.ts';
import type { V1Output } from '../../model.ts';

const MOST_NAME = 1024;
const LEAST_VALUE = 20;
const MOST_VALUE = 128;
const MOST_DESCRIPTION = 125_000;

type KeyView = Exclude<V1Output<'GetApiKey'>, void>;

/** A key with its value. */
export function withValue(record: ApiKeyRecord): KeyView {
  const { createdDate, lastUpdatedDate } = record;
  return {
    ...record,
    createdDate: new Date(createdDate),
    lastUpdatedDate: new Date(lastUpdatedDate),
  };
}

/** A key as everybody may see it. */
export const withoutValue = (record: ApiKeyRecord): KeyView => without(withValue(record), 'value');

/** What is checked of a key. */
export interface KeyMembers {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly description?: string | undefined;
}

/** What is wrong with a key's members, in AWS's words; nothing when all is well. Empty texts count as not given. */
export function keyFlaw({
  name = '',
  value = '',
  description = '',
}: KeyMembers): string | undefined {
  if (name.length > MOST_NAME) {
    return `Invalid API Key name, can be at most ${MOST_NAME} characters.`;
  }
  if (value !== '' && value.length < LEAST_VALUE) {
    return `API Key value should be at least ${LEAST_VALUE} characters`;
  }
  if (value.length > MOST_VALUE) {
    return `API Key value exceeds maximum size of ${MOST_VALUE} characters`;
  }
  return description.length > MOST_DESCRIPTION
    ? 'Invalid API Key description specified.'
    : undefined;
}

/** Throws 400 for what `keyFlaw` finds. */
export function checkKey(members: KeyMembers): void {
  const flaw = keyFlaw(members);
  if (flaw !== undefined) throw badRequest(flaw);
}
