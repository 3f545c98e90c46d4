// Removes what left a template or was replaced, referring resources first, and never a table with data unasked.
import type { PlannedResource } from './plan.ts';
import type { Plan } from './plan.ts';
import type { JsonObject } from './json.ts';
import type { Change, ResourceContext, ResourceType } from './resources/resource-type.ts';
import { removalRank, resourceType } from './resources/types.ts';
import type { StackLedger } from './stack-ledger.ts';
import type { StackResource } from './state.ts';

/** What removals stand on. */
export interface RemovalParts {
  readonly plan: Pick<Plan, 'resources'>;
  readonly ledger: StackLedger;
  readonly deleteData: boolean;
  readonly say: (message: string) => void;
  readonly contextOf: (logicalId: string) => ResourceContext;
}

/** A step that would lose a user's data; the message tells how to allow it. */
export class DataLossError extends Error {}

/** Whether an AWS service says that the thing is not there. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'NotFoundException' || error.name === 'ResourceNotFoundException')
  );
}

/** Removals of one deployment. */
export class Removal {
  readonly #parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** Throws `DataLossError` before anything is done when a table that left the template holds data. */
  async refuseLossOfData(): Promise<void> {
    for (const resource of this.#gone()) {
      if (!resource.retain) await this.#guardData(resource, 'removed');
    }
  }

  /** Definitions go before their api is frozen, so that the new deployment is without them. */
  async removeDefinitions(): Promise<void> {
    const all = [...this.#gone(), ...this.#parts.ledger.leftovers];
    await this.#remove(all.filter(({ type }) => isPartOfApi(resourceType(type))));
  }

  /** Everything else that is no longer wanted. */
  async removeRest(): Promise<void> {
    await this.#remove([...this.#gone(), ...this.#parts.ledger.leftovers]);
  }

  /**
   * A replacement usually stands beside the old one for a while. One that keeps a name of its own cannot: the old one
   * goes first, if it may. Answers whether it is gone.
   */
  async makeRoom(
    { type }: PlannedResource,
    properties: JsonObject,
    { present, change }: { readonly present: StackResource; readonly change: Change },
  ): Promise<boolean> {
    await this.#guardData(present, 'replaced');
    if (present.type !== type.type || type.clashes?.(properties, change) !== true) return false;
    await this.#remove([present]);
    return true;
  }

  #gone(): readonly StackResource[] {
    const { plan, ledger } = this.#parts;
    const wanted = new Set(plan.resources.map(({ declared }) => declared.logicalId));
    return ledger.resources.filter(({ logicalId }) => !wanted.has(logicalId));
  }

  async #guardData(resource: StackResource, fate: string): Promise<void> {
    const { deleteData, contextOf } = this.#parts;
    const { logicalId, made, type } = resource;
    if (deleteData) return;
    if ((await this.#holdsData(resource, contextOf(logicalId))) !== true) return;
    throw new DataLossError(
      `${logicalId} (${type}): the table ${made.ref} holds data and would be ${fate}. ` +
        'Empty it, keep it in the template, or deploy with --delete-data.',
    );
  }

  async #holdsData(
    resource: StackResource,
    context: ResourceContext,
  ): Promise<boolean | undefined> {
    try {
      return await resourceType(resource.type)?.holdsData?.(resource.made, context);
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async #remove(resources: readonly StackResource[]): Promise<void> {
    const ordered = [...resources]
      .reverse()
      .sort((a, b) => removalRank(a.type) - removalRank(b.type));
    for (const resource of ordered) await this.#removeOne(resource);
  }

  async #removeOne(resource: StackResource): Promise<void> {
    const { ledger, say, contextOf } = this.#parts;
    const { logicalId, made, retain } = resource;
    const type = resourceType(resource.type);
    if (retain) {
      say(`${logicalId} stays as ${made.ref}, since its DeletionPolicy is Retain.`);
      return ledger.removed(resource, 'kept');
    }
    const apiId = made.keys['ApiId'];
    if (isPartOfApi(type) && apiId !== undefined) ledger.markDirty(apiId);
    try {
      await type?.remove(made, contextOf(logicalId));
    } catch (error) {
      if (!isGone(error)) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`${logicalId} (${resource.type}) cannot be removed: ${message}`, {
          cause: error,
        });
      }
    }
    await ledger.removed(resource);
  }
}

/** An api's own removal takes its parts with it, so it comes with the rest. */
function isPartOfApi(type: ResourceType | undefined): boolean {
  return type?.definition === true && type.type !== 'AWS::ApiGatewayV2::Api';
}
