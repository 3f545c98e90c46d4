// One run of a plan against a node: creates, updates and replaces in order, saving the stack's state after every step.
import { createHash } from 'node:crypto';
import type { DeployClients } from './clients.ts';
import type { ResourceValues, StackIdentity } from './environment.ts';
import { child } from './faults.ts';
import { resolve } from './intrinsics.ts';
import { canonicalJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Plan, PlannedResource } from './plan.ts';
import { coerceProperties } from './resources/properties.ts';
import type { Change, Made, ResourceContext } from './resources/resource-type.ts';
import { goneResources } from './gone.ts';
import { DataLossError, isGone, Removal } from './removal.ts';
import type { StackLedger } from './stack-ledger.ts';
import type { StackResource } from './state.ts';
import { isMap, settled, textOf } from './value.ts';

/** What a run stands on. */
export interface ExecutionParts {
  readonly plan: Plan;
  readonly identity: StackIdentity;
  readonly clients: DeployClients;
  readonly folder: string;
  readonly ledger: StackLedger;
  /** Whether tables with data may be removed or replaced. */
  readonly deleteData: boolean;
  readonly say: (message: string) => void;
}

/** A resource whose change failed. What was done before it stands in the stack's state. */
export class ResourceError extends Error {
  readonly logicalId: string;

  constructor(logicalId: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.logicalId = logicalId;
  }
}

/** Runs a plan once. */
export class Execution {
  readonly #parts: ExecutionParts;
  readonly #removal: Removal;
  /** Contents by property value: functions often share a folder. */
  readonly #contents = new Map<string, Promise<string | undefined>>();
  /** Apis for which this plan brings a deployment that the stack did not have. */
  readonly #freshlyFrozen = new Set<string>();
  /** Logical ids of what the stack has and the node has not: somebody else has removed it. */
  #gone: ReadonlySet<string> = new Set();

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.#removal = new Removal({ ...parts, contextOf: (id) => this.#context(id) });
  }

  /** Throws `ResourceError` at the first resource that fails. */
  async run(): Promise<void> {
    const { plan, ledger } = this.#parts;
    await this.#removal.refuseLossOfData();
    this.#gone = await goneResources(this.#parts, (id) => this.#context(id));
    await ledger.begin(plan.resources.map(({ declared }) => declared.logicalId));
    const [early, late] = splitAtFreeze(plan.resources);
    for (const planned of early) await this.#guarded(planned, () => this.#apply(planned));
    await this.#removal.removeDefinitions();
    this.#noteFreshDeployments(late);
    for (const planned of late) await this.#guarded(planned, () => this.#apply(planned));
    await this.#removal.removeRest();
    await ledger.forgetDirty();
  }

  /** Values of the outputs, once everything is made. */
  outputs(): Record<string, string> {
    const { plan } = this.#parts;
    const scope = plan.environment.scope(this.#values());
    return Object.fromEntries(
      plan.outputs.map(({ name, value, path }) => [
        name,
        textOf(resolve(value, child(path, 'Value'), scope)) ?? '',
      ]),
    );
  }

  async #guarded(planned: PlannedResource, work: () => Promise<void>): Promise<void> {
    const { logicalId, type } = planned.declared;
    try {
      await work();
    } catch (error) {
      if (error instanceof ResourceError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const text = error instanceof DataLossError ? message : `${logicalId} (${type}): ${message}`;
      throw new ResourceError(logicalId, text, { cause: error });
    }
  }

  async #apply(planned: PlannedResource): Promise<void> {
    const { ledger } = this.#parts;
    const properties = this.#properties(planned);
    const hashes = await this.#hashes(planned, properties);
    const present = ledger.get(planned.declared.logicalId);
    if (present === undefined) return this.#create(planned, properties, hashes);
    if (this.#gone.has(present.logicalId)) return this.#createAgain(planned, properties, hashes);
    const changed = differences(present.hashes, hashes);
    for (const name of this.#lost(planned)) if (name in properties) changed.add(name);
    const change: Change = { made: present.made, changed };
    if (await this.#isReplacement(planned, properties, { present, change })) {
      return this.#replace(planned, properties, { present, change, hashes });
    }
    if (change.changed.size > 0) await this.#update(planned, properties, { change, hashes });
    else await ledger.retain(planned.declared.logicalId, planned.declared.retain);
    await this.#freezeAgain(planned, properties);
  }

  #properties({ declared, type }: PlannedResource): JsonObject {
    const { plan } = this.#parts;
    const scope = plan.environment.scope(this.#values());
    const value = resolve(declared.properties, child(declared.path, 'Properties'), scope);
    plan.faults.throwIfAny();
    const json = settled(isMap(value) ? value : {}) as JsonObject;
    return type.withoutEffect === undefined ? coerceProperties(type, json) : json;
  }

  #values(): ResourceValues {
    const { ledger } = this.#parts;
    return {
      has: (logicalId) => ledger.get(logicalId) !== undefined,
      ref: (logicalId) => ledger.get(logicalId)?.made.ref,
      attribute: (logicalId, attribute) => ledger.get(logicalId)?.made.attributes[attribute],
    };
  }

  async #hashes(planned: PlannedResource, properties: JsonObject): Promise<Record<string, string>> {
    const entries = Object.entries(properties).map(async ([name, value]) => {
      const content = await this.#content(planned, name, value);
      return [name, hashOf(content ?? canonicalJson(value))] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  #content(
    { declared, type }: PlannedResource,
    name: string,
    value: Json,
  ): Promise<string | undefined> {
    if (type.contentOf === undefined) return Promise.resolve(undefined);
    const key = `${type.type} ${name} ${canonicalJson(value)}`;
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const content = type.contentOf(name, value, this.#context(declared.logicalId));
    this.#contents.set(key, content);
    return content;
  }

  async #isReplacement(
    { declared, type }: PlannedResource,
    properties: JsonObject,
    { present, change }: { readonly present: StackResource; readonly change: Change },
  ): Promise<boolean> {
    if (present.type !== type.type) return true;
    if ([...change.changed].some((name) => type.properties[name]?.replaces === true)) return true;
    const context = this.#context(declared.logicalId);
    return (await type.mustReplace?.(properties, change, context)) ?? false;
  }

  async #create(
    planned: PlannedResource,
    properties: JsonObject,
    hashes: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { declared, type } = planned;
    const context = this.#context(declared.logicalId);
    try {
      const made = await type.create(properties, context);
      await this.#record(planned, made, { hashes, did: 'created' });
    } catch (error) {
      if (!isTaken(error) || !this.#parts.ledger.isUncertain(declared.logicalId)) throw error;
      const made = await type.find?.(properties, context);
      if (made === undefined) throw error;
      const changed = new Set(Object.keys(properties));
      const adopted = await type.update(properties, { made, changed }, context);
      await this.#record(planned, adopted, { hashes, did: 'found' });
      context.say(`${declared.logicalId} had been made by a deployment that was killed.`);
    }
  }

  async #update(
    planned: PlannedResource,
    properties: JsonObject,
    { change, hashes }: { readonly change: Change; readonly hashes: Record<string, string> },
  ): Promise<void> {
    const { declared, type } = planned;
    const context = this.#context(declared.logicalId);
    try {
      const made = await type.update(properties, change, context);
      await this.#record(planned, made, { hashes, did: 'updated' });
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.#createAgain(planned, properties, hashes);
    }
  }

  async #createAgain(
    planned: PlannedResource,
    properties: JsonObject,
    hashes: Readonly<Record<string, string>>,
  ): Promise<void> {
    this.#parts.say(`${planned.declared.logicalId} was gone and is made again.`);
    await this.#create(planned, properties, hashes);
  }

  /** Properties that have lost something which was gone and is made again. */
  #lost({ type, needs }: PlannedResource): readonly string[] {
    return [...needs].some((id) => this.#gone.has(id)) ? (type.naming ?? []) : [];
  }

  /** The new one first, then, at the end of the deployment, the old one goes. */
  async #replace(
    planned: PlannedResource,
    properties: JsonObject,
    {
      present,
      change,
      hashes,
    }: {
      readonly present: StackResource;
      readonly change: Change;
      readonly hashes: Record<string, string>;
    },
  ): Promise<void> {
    const { ledger } = this.#parts;
    const taken = await this.#removal.makeRoom(planned, properties, { present, change });
    if (!taken) await ledger.leave(present);
    this.#parts.say(`${present.logicalId} is replaced.`);
    await this.#create(planned, properties, hashes);
  }

  async #record(
    { declared, type }: PlannedResource,
    made: Made,
    { hashes, did }: { readonly hashes: Readonly<Record<string, string>>; readonly did: string },
  ): Promise<void> {
    const { ledger } = this.#parts;
    const apiId = made.keys['ApiId'];
    if (type.definition && apiId !== undefined) ledger.markDirty(apiId);
    if (type.freezes && apiId !== undefined && did === 'created') ledger.markClean(apiId);
    const { logicalId, retain } = declared;
    await ledger.put({ logicalId, type: type.type, made, hashes, retain }, did);
  }

  #noteFreshDeployments(late: readonly PlannedResource[]): void {
    for (const planned of late.filter(({ type }) => type.freezes)) {
      const { logicalId } = planned.declared;
      if (this.#parts.ledger.get(logicalId) !== undefined && !this.#gone.has(logicalId)) continue;
      const apiId = this.#properties(planned)['ApiId'];
      if (typeof apiId === 'string') this.#freshlyFrozen.add(apiId);
    }
  }

  /** A deployment whose api has changed since is made anew; the old one stays in the api's history. */
  async #freezeAgain(planned: PlannedResource, properties: JsonObject): Promise<void> {
    const { ledger, say } = this.#parts;
    const { declared, type } = planned;
    const present = ledger.get(declared.logicalId);
    const apiId = properties['ApiId'];
    if (!type.freezes || present === undefined || typeof apiId !== 'string') return;
    if (!ledger.wasDirty(apiId) || this.#freshlyFrozen.has(apiId)) return;
    const made = await type.create(properties, this.#context(declared.logicalId));
    await this.#record(planned, made, { hashes: present.hashes, did: 'created' });
    say(
      `${declared.logicalId} is a new deployment (${made.ref}), since definitions of api ${apiId} ` +
        'changed. CloudFormation would not have made one: there the change stays without effect ' +
        'until a deployment with another logical id is declared.',
    );
  }

  #context(logicalId: string): ResourceContext {
    const { identity, clients, folder, say } = this.#parts;
    return { logicalId, stack: identity, clients, folder, say };
  }
}

/** Whether an AWS service says that the name is taken. */
function isTaken(error: unknown): boolean {
  const names = ['ConflictException', 'ResourceConflictException', 'ResourceInUseException'];
  return error instanceof Error && names.includes(error.name);
}

/** Everything before the first deployment, and the rest. */
function splitAtFreeze(
  resources: readonly PlannedResource[],
): [readonly PlannedResource[], readonly PlannedResource[]] {
  const first = resources.findIndex(({ type }) => type.freezes);
  const at = first < 0 ? resources.length : first;
  return [resources.slice(0, at), resources.slice(at)];
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Set<string> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Set([...names].filter((name) => before[name] !== after[name]));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
