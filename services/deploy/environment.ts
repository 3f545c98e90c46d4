// What the expressions of one deployment may refer to: parameters, pseudo parameters, mappings, conditions, resources.
import { Conditions } from './conditions.ts';
import type { Faults } from './faults.ts';
import type { Scope } from './intrinsics.ts';
import { isObject, member } from './json.ts';
import type { Json } from './json.ts';
import type { ParameterValues } from './parameters.ts';
import type { Template } from './sections.ts';
import type { Value } from './value.ts';

/** Where and as what a template is deployed: the values of the pseudo parameters. */
export interface StackIdentity {
  readonly name: string;
  readonly id: string;
  readonly region: string;
  readonly accountId: string;
}

/** What resources answer to Ref and Fn::GetAtt. Reports its own faults and then answers `undefined`. */
export interface ResourceValues {
  has(logicalId: string): boolean;
  ref(logicalId: string, path: string): Value | undefined;
  attribute(logicalId: string, attribute: string, path: string): Value | undefined;
}

/** Everything an environment stands on. */
export interface EnvironmentParts {
  readonly template: Template;
  readonly parameters: ParameterValues;
  readonly identity: StackIdentity;
  readonly faults: Faults;
}

const NO_RESOURCES: ResourceValues = {
  has: () => false,
  ref: () => undefined,
  attribute: () => undefined,
};

/** Base of all scopes of one deployment. */
export class Environment {
  readonly #parts: EnvironmentParts;
  readonly #pseudo: ReadonlyMap<string, Value | undefined>;
  readonly conditions: Conditions;

  constructor(parts: EnvironmentParts) {
    this.#parts = parts;
    this.#pseudo = pseudoParameters(parts.identity);
    const names: Scope = this.scope(NO_RESOURCES);
    this.conditions = new Conditions(parts.template.conditions, names);
  }

  /** A scope whose resources are `resources`; `unchosen` ones answer for branches that Fn::If does not take. */
  scope(resources: ResourceValues, unchosen: ResourceValues = resources): Scope {
    return {
      faults: this.#parts.faults,
      ref: (name, path) => this.#ref(name, path, resources),
      attribute: (logicalId, attribute, path) => {
        if (resources.has(logicalId)) return resources.attribute(logicalId, attribute, path);
        return this.#missing(`there is no resource ${logicalId}`, path);
      },
      condition: (name, path) => this.conditions.holds(name, path),
      mapping: (keys, path) => this.#mapping(keys, path),
      unchosen: () => this.scope(unchosen),
    };
  }

  #ref(name: string, path: string, resources: ResourceValues): Value | undefined {
    const parameter = this.#parts.parameters.get(name);
    if (parameter !== undefined) return parameter;
    if (this.#pseudo.has(name)) return this.#pseudo.get(name);
    if (resources.has(name)) return resources.ref(name, path);
    if (Object.hasOwn(this.#parts.template.parameters, name)) {
      const where = "AWS would read the parameter's value from Systems Manager";
      return this.#missing(`${where}: give a value for ${name}`, path);
    }
    return this.#missing(`there is no parameter or resource ${name || '(empty name)'}`, path);
  }

  #mapping(keys: readonly [string, string, string], path: string): Value | undefined {
    let at: Json = this.#parts.template.mappings;
    for (const key of keys) {
      const next: Json | undefined = isObject(at) ? member<Json>(at, key) : undefined;
      if (next === undefined) return this.#missing(`Mappings has no ${keys.join('.')}`, path);
      at = next;
    }
    if (!isObject(at)) return at;
    return this.#missing(`Mappings.${keys.join('.')} must be a value or a list`, path);
  }

  #missing(message: string, path: string): undefined {
    this.#parts.faults.add(path, message);
    return undefined;
  }
}

/** AWS: template reference, pseudo parameters. */
function pseudoParameters(identity: StackIdentity): ReadonlyMap<string, Value | undefined> {
  return new Map<string, Value | undefined>([
    ['AWS::AccountId', identity.accountId],
    ['AWS::NoValue', undefined],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', identity.region],
    ['AWS::StackId', identity.id],
    ['AWS::StackName', identity.name],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
}
