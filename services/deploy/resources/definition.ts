// How the definitions inside an api are made, changed, found and removed: one recipe for routes, integrations and the rest.
import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { Change, Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';

type Gateway = ResourceContext['clients']['gateway'];

/** Facts by which one definition type differs from another. */
export interface Definition {
  readonly type: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  /** Member of the answer that is its id, and what Fn::GetAtt calls it. */
  readonly id: string;
  /** Members that name what it is a part of; a change of them is a replacement. */
  readonly parents: readonly string[];
  /** What to send for a property that was taken away, so that the old value does not stay. */
  readonly resets: JsonObject;
  create(api: Gateway, input: unknown): Promise<unknown>;
  update(api: Gateway, input: unknown): Promise<unknown>;
  get(api: Gateway, input: unknown): Promise<unknown>;
  remove(api: Gateway, input: unknown): Promise<unknown>;
  /** All of one parent, with the member that is unique among them. */
  readonly unique: string;
  list(
    api: Gateway,
    input: Parents,
  ): Promise<{ Items?: unknown[] | undefined; NextToken?: string | undefined }>;
  /** Input as the API wants it, where it differs from the template's. */
  readonly input?: (properties: JsonObject) => JsonObject;
  /** The maps that a PATCH merges key by key, as they are now: keys that left the template are sent as `""`. */
  merged?(api: Gateway, keys: Made['keys']): Promise<Readonly<Record<string, unknown>>>;
  /** What an update must do beside the PATCH. */
  afterUpdate?(properties: JsonObject, change: Change, context: ResourceContext): Promise<void>;
}

/** Ids of what a definition is a part of, and where a list goes on. */
type Parents = Record<string, string> & {
  ApiId: string;
  RouteId: string;
  IntegrationId: string;
  NextToken: string;
};

/** A resource type made of `facts`. */
export function definition(facts: Definition): ResourceType {
  const toInput = facts.input ?? ((properties: JsonObject) => properties);
  return {
    type: facts.type,
    properties: facts.properties,
    attributes: [facts.id],
    definition: true,
    create: async (properties, { clients }) => {
      const output = await facts.create(clients.gateway, toInput(properties));
      return madeOf(facts, properties, output);
    },
    find: async (properties, { clients }) => {
      const parents = parentsOf(facts, properties);
      for (let NextToken: string | undefined = ''; NextToken !== undefined;) {
        const more: Record<string, string> = NextToken === '' ? parents : { ...parents, NextToken };
        const page = await facts.list(clients.gateway, more as Parents);
        const wanted = stringIn(properties, facts.unique);
        const found = page.Items?.find((item) => isObject(item) && item[facts.unique] === wanted);
        if (found !== undefined) return madeOf(facts, properties, found);
        NextToken = page.NextToken;
      }
      return undefined;
    },
    update: async (properties, change, context) => {
      const { gateway: api } = context.clients;
      const { keys } = change.made;
      const input = { ...resetsOf(facts.resets, properties, change), ...toInput(properties) };
      const present = await facts.merged?.(api, keys);
      await facts.update(api, { ...input, ...emptied(present ?? {}, input, change), ...keys });
      await facts.afterUpdate?.(properties, change, context);
      return change.made;
    },
    exists: async ({ keys }, { clients }) => isObject(await facts.get(clients.gateway, keys)),
    remove: async (made: Made, { clients }) => {
      await facts.remove(clients.gateway, made.keys);
    },
  };
}

function parentsOf(facts: Definition, properties: JsonObject): Record<string, string> {
  const parents = facts.parents.map((name) => [name, stringIn(properties, name)]);
  return Object.fromEntries(parents) as Record<string, string>;
}

function madeOf(facts: Definition, properties: JsonObject, output: unknown): Made {
  const id = stringIn(output, facts.id);
  const keys = { ...parentsOf(facts, properties), [facts.id]: id };
  return { ref: id, attributes: { [facts.id]: id }, keys };
}

/** Values for the properties that changed and are no longer there. */
export function resetsOf(resets: JsonObject, properties: JsonObject, change: Change): JsonObject {
  return Object.fromEntries(
    Object.entries(resets).filter(([name]) => change.changed.has(name) && !(name in properties)),
  );
}

/** Maps of `present` that changed, with `""` for every key that `wanted` no longer has. */
export function emptied(
  present: Readonly<Record<string, unknown>>,
  wanted: JsonObject,
  { changed }: Change,
): JsonObject {
  const maps = Object.entries(present).filter(([name]) => changed.has(name));
  return Object.fromEntries(
    maps.map(([name, map]) => {
      const next = wanted[name];
      const gone = Object.keys(map ?? {}).map((key) => [key, '']);
      return [name, { ...Object.fromEntries(gone), ...(isObject(next) ? next : {}) } as JsonObject];
    }),
  );
}

/** String member of an answer or input. A missing one is our fault or the node's, never the template's. */
export function stringIn(value: unknown, name: string): string {
  const found = isObject(value) ? value[name] : undefined;
  if (typeof found !== 'string') throw new Error(`the answer has no ${name}`);
  return found;
}
