// Method, path and query of a request → operation. Segments are matched as sent and decoded afterwards, so ids may hold slashes.
import type { Operation } from './operations.ts';
import type { QueryPair } from './wire.ts';

/** A found operation with the encoded values of its path labels. */
export interface Match {
  readonly operation: Operation;
  readonly labels: ReadonlyMap<string, string>;
}

interface Node {
  readonly literals: Map<string, Node>;
  label?: Node;
  /** Operations whose greedy label begins here. */
  readonly greedy: Operation[];
  /** Operations that end here; those with query literals first. */
  readonly here: Operation[];
}

/** A service's routes. */
export interface Mux {
  /** `undefined` when no operation has this method, path and query. */
  match(method: string, path: string, query: readonly QueryPair[]): Match | undefined;
}

/** Builds the routes of `operations`; throws when two of them cannot be told apart. */
export function buildMux(operations: Iterable<Operation>): Mux {
  const root = newNode();
  for (const operation of operations) insert(root, operation);
  return {
    match(method, path, query) {
      const segments = splitPath(path);
      const operation = find(root, segments, 0, (candidate) => fits(candidate, method, query));
      return operation && { operation, labels: labelsOf(operation, segments) };
    },
  };
}

/** Finds operations of the JSON protocols by their target, `{prefix}.{operation}`. */
export function targetMux(
  prefix: string,
  operations: ReadonlyMap<string, Operation>,
): (target: string | undefined) => Match | undefined {
  const start = `${prefix}.`;
  const labels = new Map<string, string>();
  return (target) => {
    const named = target?.startsWith(start) === true ? target.slice(start.length) : '';
    const operation = operations.get(named);
    return operation && { operation, labels };
  };
}

/** Segments of an encoded path; empty ones at both ends (`//v2/apis/`) do not count. */
export function splitPath(path: string): string[] {
  const segments = path.split('/');
  let start = 0;
  let end = segments.length;
  while (start < end && segments[start] === '') start++;
  while (end > start && segments[end - 1] === '') end--;
  return segments.slice(start, end);
}

function newNode(): Node {
  return { literals: new Map(), greedy: [], here: [] };
}

function insert(root: Node, operation: Operation): void {
  let node = root;
  for (const segment of operation.segments) {
    if ('label' in segment && segment.greedy) return add(node.greedy, operation);
    node = 'literal' in segment ? literalChild(node, segment.literal) : (node.label ??= newNode());
  }
  add(node.here, operation);
}

function literalChild(node: Node, literal: string): Node {
  let child = node.literals.get(literal);
  if (child === undefined) {
    child = newNode();
    node.literals.set(literal, child);
  }
  return child;
}

function add(list: Operation[], operation: Operation): void {
  const same = (other: Operation): boolean =>
    other.method === operation.method &&
    JSON.stringify(other.literals) === JSON.stringify(operation.literals);
  const twin = list.find(same);
  if (twin) throw new TypeError(`${twin.name} and ${operation.name} have the same address`);
  list.push(operation);
  list.sort((a, b) => b.literals.length - a.literals.length);
}

function fits(operation: Operation, method: string, query: readonly QueryPair[]): boolean {
  if (operation.method !== method) return false;
  return operation.literals.every(([name, value]) =>
    query.some((pair) => pair[0] === name && pair[1] === value),
  );
}

/** Literal segments win over labels, labels over greedy ones; a branch that leads nowhere is given up. */
function find(
  node: Node,
  segments: readonly string[],
  at: number,
  accepts: (operation: Operation) => boolean,
): Operation | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.here.find(accepts);
  const literal = node.literals.get(segment);
  const found =
    (literal && find(literal, segments, at + 1, accepts)) ??
    (segment !== '' && node.label ? find(node.label, segments, at + 1, accepts) : undefined);
  return found ?? node.greedy.find(accepts);
}

function labelsOf(operation: Operation, segments: readonly string[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [at, segment] of operation.segments.entries()) {
    if ('literal' in segment) continue;
    const value = segment.greedy ? segments.slice(at).join('/') : (segments[at] ?? '');
    labels.set(segment.label, value);
  }
  return labels;
}
