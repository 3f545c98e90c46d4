// Lists of API Gateway v1: `limit` and an opaque `position` (AWS: default 25, at most 500).
import { badRequest } from '../faults.ts';

/** The paging members of an input. */
export interface PositionRequest {
  readonly limit?: number | undefined;
  readonly position?: string | undefined;
}

/** A page; `position` only when more remain. */
export interface PositionPage<T> {
  readonly items: readonly T[];
  readonly position?: string;
}

const USUAL_PAGE = 25;
const LONGEST_PAGE = 500;

/**
 * One page of `all`, which come in the order of `markOf`: texts that differ, the last of a page being its position. So
 * a page goes on where the last one ended, whatever came or went meanwhile. A limit out of range counts as the nearest.
 */
export function positionPage<T>(
  all: readonly T[],
  { limit = USUAL_PAGE, position }: PositionRequest,
  markOf: (item: T) => string,
): PositionPage<T> {
  const marked = all.map((item) => ({ item, mark: markOf(item) }));
  marked.sort((a, b) => (a.mark < b.mark ? -1 : 1));
  const after = position === undefined ? '' : decoded(position);
  const rest = marked.filter(({ mark }) => mark > after);
  const page = rest.slice(0, Math.min(Math.max(Math.trunc(limit), 1), LONGEST_PAGE));
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(rest.length > page.length && last !== undefined && { position: encoded(last.mark) }),
  };
}

function encoded(mark: string): string {
  return Buffer.from(`p:${mark}`).toString('base64url');
}

function decoded(position: string): string {
  const text = Buffer.from(position, 'base64url').toString();
  if (!text.startsWith('p:')) throw badRequest('Invalid position parameter specified');
  return text.slice(2);
}
