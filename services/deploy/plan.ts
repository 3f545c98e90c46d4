// The plan of a deployment: what is made, in which order, with every fault of the template found before anything is.
import { resolve as absolute } from 'node:path';
import { Environment } from './environment.ts';
import type { ResourceValues, StackIdentity } from './environment.ts';
import { child, Faults } from './faults.ts';
import { orderOf } from './graph.ts';
import { resolve } from './intrinsics.ts';
import { readParameters } from './parameters.ts';
import { checkProperties } from './resources/properties.ts';
import type { ResourceType } from './resources/resource-type.ts';
import { resourceType } from './resources/types.ts';
import { withLocalAssets } from './cdk-assets.ts';
import { transformSam } from './sam.ts';
import { readSections } from './sections.ts';
import type { OutputDeclaration, ResourceDeclaration, Template } from './sections.ts';
import { parseTemplate } from './template.ts';
import { isMap, Later } from './value.ts';
import type { Value } from './value.ts';

/** What to plan. */
export interface PlanRequest {
  readonly text: string;
  /** Name of the template's file, for messages. */
  readonly file: string;
  /** Folder that local paths are relative to. */
  readonly folder: string;
  readonly identity: StackIdentity;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly skipUnsupported?: boolean;
}

/** A resource that will be made. */
export interface PlannedResource {
  readonly declared: ResourceDeclaration;
  readonly type: ResourceType;
  /** Logical ids that must exist before it. */
  readonly needs: ReadonlySet<string>;
}

/** A plan without faults. */
export interface Plan {
  readonly template: Template;
  readonly environment: Environment;
  readonly faults: Faults;
  /** In the order in which to make them. */
  readonly resources: readonly PlannedResource[];
  readonly outputs: readonly OutputDeclaration[];
  readonly messages: readonly string[];
  /** Absolute paths of the code of functions: folders and archives. */
  readonly codePaths: readonly string[];
}

/** Plans a template. Throws `TemplateError` with all faults that the template has. */
export function planTemplate(request: PlanRequest): Plan {
  const parsed = parseTemplate(request.text, request.file);
  const faults = new Faults(request.file, parsed.positions);
  const messages = new Set<string>();
  const say = (message: string): void => void messages.add(message);
  const skipUnsupported = request.skipUnsupported ?? false;
  const declared = readSections(parsed, faults);
  const template = withLocalAssets(transformSam(declared, { faults, skipUnsupported, say }));
  const parameters = readParameters(template.parameters, request.parameters ?? {}, faults);
  const { identity, folder } = request;
  const environment = new Environment({ template, parameters, identity, faults });
  environment.conditions.checkAll();
  const planner = new Planner({ template, environment, faults, folder, skipUnsupported, say });
  const resources = planner.resources();
  const outputs = planner.outputs();
  faults.throwIfAny();
  template.messages.forEach(say);
  const codePaths = planner.codePaths;
  return { template, environment, faults, resources, outputs, messages: [...messages], codePaths };
}

interface PlannerParts {
  readonly template: Template;
  readonly environment: Environment;
  readonly faults: Faults;
  readonly folder: string;
  readonly skipUnsupported: boolean;
  readonly say: (message: string) => void;
}

/** Which resources are made, which are not, and why not. */
class Planner {
  readonly #parts: PlannerParts;
  readonly #active = new Map<string, { declared: ResourceDeclaration; type: ResourceType }>();
  /** Logical id → why there is nothing to refer to. */
  readonly #absent = new Map<string, string>();
  readonly #codePaths = new Set<string>();

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    for (const declared of parts.template.resources) this.#admit(declared);
    this.#sayWithoutEffect();
  }

  get codePaths(): readonly string[] {
    return [...this.#codePaths];
  }

  /** Checks all resources and orders them; without an order when they need each other. */
  resources(): PlannedResource[] {
    const planned = [...this.#active.values()].map(({ declared, type }) => ({
      declared,
      type,
      needs: this.#check(declared, type),
    }));
    const ordering = orderOf(
      planned.map(({ declared, type, needs }) => ({
        id: declared.logicalId,
        needs,
        late: type.freezes === true,
      })),
    );
    if ('order' in ordering) {
      const byId = new Map(planned.map((one) => [one.declared.logicalId, one]));
      return ordering.order.flatMap((id) => byId.get(id) ?? []);
    }
    const [first = ''] = ordering.cycle;
    const circle = ordering.cycle.join(' → ');
    this.#parts.faults.add(child('Resources', first), `resources depend on each other: ${circle}`);
    return [];
  }

  /** Outputs whose condition holds, their values checked. */
  outputs(): OutputDeclaration[] {
    const scope = this.#parts.environment.scope(this.#values(new Set()), this.#unchosenValues());
    return this.#parts.template.outputs.filter(({ value, path, condition }) => {
      const place = child(path, 'Value');
      if (condition !== undefined && !scope.condition(condition, path)) {
        resolve(value, place, scope.unchosen());
        return false;
      }
      const result = resolve(value, place, scope);
      if (Array.isArray(result) || isMap(result)) {
        this.#parts.faults.add(place, 'the value of an output must be a string');
      }
      return true;
    });
  }

  #admit(declared: ResourceDeclaration): void {
    const { environment, faults, skipUnsupported, say } = this.#parts;
    const { logicalId, condition, path } = declared;
    if (this.#active.has(logicalId) || this.#absent.has(logicalId)) {
      return faults.add(path, `the logical id ${logicalId} is taken by a resource made by SAM`);
    }
    if (
      condition !== undefined &&
      !environment.conditions.holds(condition, child(path, 'Condition'))
    ) {
      this.#absent.set(logicalId, `its condition ${condition} does not hold`);
      return;
    }
    const type = resourceType(declared.type);
    if (type !== undefined) {
      this.#active.set(logicalId, { declared, type });
      return;
    }
    this.#absent.set(logicalId, `its type ${declared.type} is not supported`);
    if (skipUnsupported) say(`Skipped ${logicalId}: ${declared.type} is not supported.`);
    else faults.add(path, `${logicalId} is of type ${declared.type}, which is not supported`);
  }

  #sayWithoutEffect(): void {
    const ids = new Map<string, string[]>();
    for (const { declared, type } of this.#active.values()) {
      if (type.withoutEffect === undefined || !this.#isOwn(declared)) continue;
      const key = `${declared.type} has no effect, ${type.withoutEffect}`;
      ids.set(key, [...(ids.get(key) ?? []), declared.logicalId]);
    }
    for (const [text, names] of ids) this.#parts.say(`${text}: ${names.join(', ')}.`);
  }

  /** Roles that SAM makes for functions are not the user's, so nothing is said of them. */
  #isOwn(declared: ResourceDeclaration): boolean {
    return declared.path === child('Resources', declared.logicalId);
  }

  #check(declared: ResourceDeclaration, type: ResourceType): ReadonlySet<string> {
    const { faults, folder, say, environment } = this.#parts;
    const path = child(declared.path, 'Properties');
    const needs = new Set<string>();
    const scope = environment.scope(this.#values(needs), this.#unchosenValues());
    const values = resolve(declared.properties, path, scope);
    if (type.withoutEffect === undefined && isMap(values)) {
      const { written = {} } = declared;
      checkProperties(type, values, { path, faults, folder, say, written });
      const code = values['Code'];
      if (typeof code === 'string') this.#codePaths.add(absolute(folder, code));
    }
    for (const id of declared.dependsOn) {
      if (this.#active.has(id)) needs.add(id);
      else if (!this.#absent.has(id)) {
        faults.add(child(declared.path, 'DependsOn'), `there is no resource ${id}`);
      }
    }
    return needs;
  }

  /** While planning every resource answers `Later`; what is asked for is noted in `needs`. */
  #values(needs: Set<string>): ResourceValues {
    const { faults } = this.#parts;
    const answer = (logicalId: string, path: string): Value | undefined => {
      const reason = this.#absent.get(logicalId);
      if (reason === undefined) {
        needs.add(logicalId);
        return new Later(logicalId);
      }
      faults.add(path, `${logicalId} is not made, since ${reason}`);
      return undefined;
    };
    return {
      has: (logicalId) => this.#active.has(logicalId) || this.#absent.has(logicalId),
      ref: answer,
      attribute: (logicalId, attribute, path) => {
        const known = this.#active.get(logicalId)?.type.attributes;
        if (known === undefined || known.includes(attribute)) return answer(logicalId, path);
        faults.add(path, `${logicalId} has no attribute ${attribute}`);
        return undefined;
      },
    };
  }

  /** In a branch not taken a name must exist, even if nothing is made of it. */
  #unchosenValues(): ResourceValues {
    const has = (logicalId: string): boolean =>
      this.#active.has(logicalId) || this.#absent.has(logicalId);
    const later = (logicalId: string): Value => new Later(logicalId);
    return { has, ref: later, attribute: later };
  }
}
