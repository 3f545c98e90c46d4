// Lists of the control plane: `maxResults` is text on the wire, `nextToken` is opaque and good for its own list only.
import type { ResourceStore, StoredResource } from '#shared/model/store.ts';
import { badRequest } from '../faults.ts';

/** The paging members of every list operation's input. */
export interface PageRequest {
  readonly MaxResults?: string | undefined;
  readonly NextToken?: string | undefined;
}

/** A page of records and the token of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** A list without `maxResults`, and the most that one answers. */
const LONGEST_PAGE = 500;

/** One page of a partition, optionally of the sort keys with `prefix`; 400 for a bad number or a foreign token. */
export async function readPage<T>(
  store: ResourceStore,
  request: PageRequest,
  list: { readonly partition: string; readonly prefix?: string },
): Promise<Page<T>> {
  const page = await store.list<T>(list.partition, {
    limit: pageSize(request.MaxResults),
    ...(list.prefix !== undefined && { prefix: list.prefix }),
    ...(request.NextToken !== undefined && { after: afterOf(request.NextToken, list) }),
  });
  return {
    items: page.items.map((item: StoredResource<T>) => item.value),
    ...(page.next !== undefined && { next: tokenOf(page.next, list) }),
  };
}

/** An answer's members for a page whose records are shown by `view`. */
export function pageOutput<T, V>(
  page: Page<T>,
  view: (record: T) => V,
): { Items: V[]; NextToken?: string } {
  return {
    Items: page.items.map(view),
    ...(page.next !== undefined && { NextToken: page.next }),
  };
}

function pageSize(text: string | undefined): number {
  if (text === undefined) return LONGEST_PAGE;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw badRequest(`Invalid value for maxResults: ${text}`);
  return Math.min(Number(text), LONGEST_PAGE);
}

type List = { readonly partition: string; readonly prefix?: string };

function tokenOf(after: string, { partition, prefix = '' }: List): string {
  return Buffer.from(JSON.stringify([partition, prefix, after])).toString('base64url');
}

function afterOf(token: string, { partition, prefix = '' }: List): string {
  const parts = decoded(token);
  const [ofPartition, ofPrefix, after] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const good = ofPartition === partition && ofPrefix === prefix && typeof after === 'string';
  if (!good || !after.startsWith(prefix)) throw badRequest('Invalid nextToken specified');
  return after;
}

function decoded(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined; // told as a bad token by the caller
  }
}
