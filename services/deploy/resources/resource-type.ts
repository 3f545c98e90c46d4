// What the engine must know of a type of resource: its properties, what it answers to Ref and Fn::GetAtt, how it is made.
import type { DeployClients } from '../clients.ts';
import type { StackIdentity } from '../environment.ts';
import type { Faults } from '../faults.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Value } from '../value.ts';

/**
 * Shapes of properties. `tags` is a map or a list of Key and Value, `texts` a map of strings, `settings` a map whose
 * members have known kinds.
 */
export type PropertyKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'list'
  | 'map'
  | 'tags'
  | 'texts'
  | 'settings'
  | 'json';

/** One property. */
export interface PropertySpec {
  readonly kind: PropertyKind;
  readonly required?: true;
  /** CloudFormation says "Update requires: Replacement". */
  readonly replaces?: true;
  /** Accepted, without effect here; the deployment says so. */
  readonly ignored?: true;
  /** Not supported: a fault with this text, since without it the application would not do what it says. */
  readonly refused?: string;
}

/** A resource that exists. */
export interface Made {
  /** What Ref answers. */
  readonly ref: string;
  /** What Fn::GetAtt answers. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What an update or removal must name. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What making a resource may use. */
export interface ResourceContext {
  readonly logicalId: string;
  readonly stack: StackIdentity;
  readonly clients: DeployClients;
  /** Folder of the template: local paths are relative to it. */
  readonly folder: string;
  /** Tells the user something. */
  readonly say: (message: string) => void;
}

/** What an update knows beside the new properties. */
export interface Change {
  readonly made: Made;
  /** Names of properties that were added, changed or taken away. */
  readonly changed: ReadonlySet<string>;
}

/** What a check sees: properties whose parts may be known only later. */
export interface CheckContext {
  readonly path: string;
  readonly faults: Faults;
  readonly folder: string;
  readonly say: (message: string) => void;
  /** Names of properties as the template has them, where it is not the table's. */
  readonly written?: Readonly<Record<string, string>>;
}

/** One row of the table of resource types. AWS: CloudFormation template reference, page of the type. */
export interface ResourceType {
  readonly type: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  /** Attributes that Fn::GetAtt knows. */
  readonly attributes: readonly string[];
  /** What it belongs to in an api's frozen definitions: a change needs a new deployment. */
  readonly definition?: true;
  /** Freezes definitions: made after all that is not waiting for it. */
  readonly freezes?: true;
  /** Why nothing is made of it. */
  readonly withoutEffect?: string;
  /** Faults that the table of properties cannot say. */
  check?(properties: Readonly<Record<string, Value>>, context: CheckContext): void;
  /** Text to hash for a property whose value is a reference to content (code folders). */
  contentOf?(name: string, value: Json, context: ResourceContext): Promise<string | undefined>;
  create(properties: JsonObject, context: ResourceContext): Promise<Made>;
  /**
   * The resource that a deployment made before it was killed and could not remember: the one of the same unique name.
   * Absent for types whose names never clash.
   */
  find?(properties: JsonObject, context: ResourceContext): Promise<Made | undefined>;
  update(properties: JsonObject, change: Change, context: ResourceContext): Promise<Made>;
  remove(made: Made, context: ResourceContext): Promise<void>;
  /** Asks for it: false, or an answer that says so, when it is gone. Absent: it is not asked for. */
  exists?(made: Made, context: ResourceContext): Promise<boolean>;
  /** Properties that lose what they name when that is removed, and are sent again when it is made anew. */
  readonly naming?: readonly string[];
  /** Whether a change of properties that do not say so themselves needs a replacement. */
  mustReplace?(properties: JsonObject, change: Change, context: ResourceContext): Promise<boolean>;
  /** Whether a replacement cannot stand beside the old one, which then goes first. */
  clashes?(properties: JsonObject, change: Change): boolean;
  /** Whether removing it would lose a user's data. */
  holdsData?(made: Made, context: ResourceContext): Promise<boolean>;
}
