// The state of a stack while a deployment changes it: each step is saved before the next begins.
import type { StackResource, StackSession, StackState } from './state.ts';

/** Edits a stack's state. */
export class StackLedger {
  readonly #session: StackSession;
  readonly #now: () => number;
  readonly #resources: Map<string, StackResource>;
  readonly #dirty: Set<string>;
  /** Dirty at some time in this deployment, also if it has been frozen since. */
  readonly #wasDirty: Set<string>;
  #leftovers: readonly StackResource[];
  #pending: readonly string[];
  /** What the deployment before may have made without remembering it. */
  readonly #uncertain: string | undefined;
  #base: StackState;
  readonly #done: string[] = [];

  constructor(session: StackSession, base: StackState, now: () => number) {
    this.#session = session;
    this.#now = now;
    this.#base = base;
    this.#resources = new Map(base.resources.map((one) => [one.logicalId, one]));
    this.#leftovers = base.leftovers;
    this.#pending = base.pending;
    this.#uncertain = base.pending[0];
    this.#dirty = new Set(base.dirty);
    this.#wasDirty = new Set(base.dirty);
  }

  /** What was done so far, for messages: `created Api`. */
  get done(): readonly string[] {
    return this.#done;
  }

  get resources(): readonly StackResource[] {
    return [...this.#resources.values()];
  }

  get leftovers(): readonly StackResource[] {
    return this.#leftovers;
  }

  get(logicalId: string): StackResource | undefined {
    return this.#resources.get(logicalId);
  }

  /** Notes what a deployment is about to make, in order, before it begins. */
  async begin(logicalIds: readonly string[]): Promise<void> {
    this.#pending = logicalIds.filter((id) => !this.#resources.has(id));
    this.#base = { ...this.#base, status: 'DEPLOYING' };
    if (this.#pending.length > 0) await this.#save();
  }

  /** Whether the deployment before was killed while it may have been making `logicalId`. */
  isUncertain(logicalId: string): boolean {
    return this.#uncertain === logicalId && !this.#resources.has(logicalId);
  }

  /** Notes a resource that was made or changed. */
  async put(resource: StackResource, did: string): Promise<void> {
    this.#resources.set(resource.logicalId, resource);
    this.#pending = this.#pending.filter((id) => id !== resource.logicalId);
    this.#done.push(`${did} ${resource.logicalId}`);
    await this.#save();
  }

  /** Notes another DeletionPolicy; nothing else of the resource has changed. */
  async retain(logicalId: string, retain: boolean): Promise<void> {
    const resource = this.#resources.get(logicalId);
    if (resource === undefined || resource.retain === retain) return;
    this.#resources.set(logicalId, { ...resource, retain });
    await this.#save();
  }

  /** Notes that `resource` will be replaced and must be removed in the end. */
  async leave(resource: StackResource): Promise<void> {
    this.#leftovers = [...this.#leftovers, resource];
    await this.#save();
  }

  /** Notes that `resource` is gone. */
  async removed(resource: StackResource, did = 'removed'): Promise<void> {
    if (this.#resources.get(resource.logicalId) === resource) {
      this.#resources.delete(resource.logicalId);
    }
    this.#leftovers = this.#leftovers.filter((one) => one !== resource);
    this.#done.push(`${did} ${resource.logicalId}`);
    await this.#save();
  }

  /** Whether definitions of an api have changed since the last deployment of it before this run. */
  wasDirty(apiId: string): boolean {
    return this.#wasDirty.has(apiId);
  }

  markDirty(apiId: string): void {
    this.#dirty.add(apiId);
    this.#wasDirty.add(apiId);
  }

  markClean(apiId: string): void {
    this.#dirty.delete(apiId);
  }

  /** At the end of a deployment nothing waits for another one: what is not frozen now has no deployment in the stack. */
  async forgetDirty(): Promise<void> {
    if (this.#dirty.size === 0) return;
    this.#dirty.clear();
    await this.#save();
  }

  /** Saves how the deployment ended. `uncertain` is what may have been made without an answer. */
  async finish(
    end: Pick<StackState, 'status'> & Partial<StackState>,
    uncertain?: string,
  ): Promise<void> {
    this.#pending = uncertain === undefined ? [] : [uncertain];
    this.#base = { ...this.#base, ...end };
    await this.#save();
  }

  async #save(): Promise<void> {
    this.#base = {
      ...this.#base,
      resources: this.resources,
      leftovers: this.#leftovers,
      pending: this.#pending,
      dirty: [...this.#dirty],
      updatedAt: this.#now(),
    };
    await this.#session.save(this.#base);
  }
}
