// Order of resources by their dependencies, with cycles named.

/** A node of the graph. `late` nodes come after all others that do not depend on them. */
export interface GraphNode {
  readonly id: string;
  readonly needs: ReadonlySet<string>;
  readonly late: boolean;
}

/** An order, or a cycle that makes one impossible (its first id repeated at the end). */
export type Ordering =
  { readonly order: readonly string[] } | { readonly cycle: readonly string[] };

/** Orders `nodes` so that each comes after what it needs; otherwise the given order is kept. Unknown needs are ignored. */
export function orderOf(nodes: readonly GraphNode[]): Ordering {
  const open = new Map(nodes.map((node) => [node.id, node]));
  const order: string[] = [];
  while (open.size > 0) {
    const ready = [...open.values()].filter((node) => ![...node.needs].some((id) => open.has(id)));
    const next = ready.find(({ late }) => !late) ?? ready[0];
    if (next === undefined) return { cycle: cycleIn(open) };
    open.delete(next.id);
    order.push(next.id);
  }
  return { order };
}

/** Every node of `open` needs another of them: following needs must come back. */
function cycleIn(open: ReadonlyMap<string, GraphNode>): string[] {
  const seen: string[] = [];
  let at = [...open.keys()][0] ?? '';
  while (!seen.includes(at)) {
    seen.push(at);
    at = [...(open.get(at)?.needs ?? [])].find((id) => open.has(id)) ?? at;
  }
  return [...seen.slice(seen.indexOf(at)), at];
}
