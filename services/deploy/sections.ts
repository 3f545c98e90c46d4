// The sections of a template as typed declarations; wrong shapes become faults.
import { child } from './faults.ts';
import type { Faults } from './faults.ts';
import { isList, isObject, kindOf } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { ParsedTemplate } from './template.ts';

/** A resource as declared; intrinsic functions in `properties` are not resolved yet. */
export interface ResourceDeclaration {
  readonly logicalId: string;
  /** Where it stands in the document; resources made by a transform have the path of their origin. */
  readonly path: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  /** `DeletionPolicy: Retain`: stays when it leaves the template. */
  readonly retain: boolean;
  readonly metadata: JsonObject;
  /** Names of properties as the template has them, where a transform has given them others: `{ Code: 'CodeUri' }`. */
  readonly written?: Readonly<Record<string, string>>;
}

/** An output as declared. */
export interface OutputDeclaration {
  readonly name: string;
  readonly path: string;
  readonly value: Json;
  readonly condition?: string;
}

/** A whole template. AWS: CloudFormation user guide, template sections. */
export interface Template {
  readonly file: string;
  readonly parameters: JsonObject;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly globals: JsonObject;
  readonly usesSam: boolean;
  readonly resources: readonly ResourceDeclaration[];
  readonly outputs: readonly OutputDeclaration[];
  /** What the template says that has no effect here. */
  readonly messages: readonly string[];
}

const SAM_TRANSFORM = 'AWS::Serverless-2016-10-31';

/** Sections that may stand in a template. */
const SECTIONS: ReadonlySet<string> = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Globals',
  'Hooks',
  'Mappings',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
  'Transform',
]);

/** Sections of `parsed` as declarations. Faults go to `faults`; the result is complete only when there are none. */
export function readSections(parsed: ParsedTemplate, faults: Faults): Template {
  const { root } = parsed;
  for (const name of Object.keys(root)) {
    if (!SECTIONS.has(name)) faults.add(name, `there is no section of the name ${name}`);
  }
  const section = (name: string): JsonObject => mapAt(root[name], name, faults);
  const resources = section('Resources');
  if (Object.keys(resources).length === 0) {
    faults.add('Resources', 'a template must have at least one resource');
  }
  return {
    file: parsed.file,
    parameters: section('Parameters'),
    mappings: section('Mappings'),
    conditions: section('Conditions'),
    globals: section('Globals'),
    usesSam: readTransform(root['Transform'], faults),
    resources: Object.entries(resources).flatMap(([id, value]) => readResource(id, value, faults)),
    outputs: Object.entries(section('Outputs')).flatMap(([name, value]) =>
      readOutput(name, value, faults),
    ),
    messages: ['Rules', 'Hooks']
      .filter((name) => root[name] !== undefined)
      .map((name) => `The section ${name} has no effect.`),
  };
}

/** `value` as a map; absent is empty, anything else a fault. */
export function mapAt(value: Json | undefined, path: string, faults: Faults): JsonObject {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  faults.add(path, `must be a map, not ${kindOf(value)}`);
  return {};
}

function readTransform(value: Json | undefined, faults: Faults): boolean {
  const names = isList(value) ? value : value === undefined ? [] : [value];
  for (const name of names) {
    if (name !== SAM_TRANSFORM) {
      faults.add('Transform', `the transform ${JSON.stringify(name)} is not supported`);
    }
  }
  return names.includes(SAM_TRANSFORM);
}

const LOGICAL_ID = /^[A-Za-z0-9]{1,255}$/;

function readResource(logicalId: string, value: Json, faults: Faults): ResourceDeclaration[] {
  const path = child('Resources', logicalId);
  if (!LOGICAL_ID.test(logicalId)) faults.add(path, 'a logical id must be letters and digits');
  if (!isObject(value)) {
    faults.add(path, `a resource must be a map, not ${kindOf(value)}`);
    return [];
  }
  const type = value['Type'];
  if (typeof type !== 'string') {
    faults.add(path, 'a resource must have a Type');
    return [];
  }
  const condition = nameAt(value['Condition'], child(path, 'Condition'), faults);
  return [
    {
      logicalId,
      path,
      type,
      properties: mapAt(value['Properties'], child(path, 'Properties'), faults),
      dependsOn: namesAt(value['DependsOn'], child(path, 'DependsOn'), faults),
      ...(condition === undefined ? {} : { condition }),
      retain:
        typeof value['DeletionPolicy'] === 'string' && /^Retain/.test(value['DeletionPolicy']),
      metadata: mapAt(value['Metadata'], child(path, 'Metadata'), faults),
    },
  ];
}

function readOutput(name: string, value: Json, faults: Faults): OutputDeclaration[] {
  const path = child('Outputs', name);
  if (!isObject(value) || value['Value'] === undefined) {
    faults.add(path, 'an output must be a map with a Value');
    return [];
  }
  const condition = nameAt(value['Condition'], child(path, 'Condition'), faults);
  return [{ name, path, value: value['Value'], ...(condition === undefined ? {} : { condition }) }];
}

function nameAt(value: Json | undefined, path: string, faults: Faults): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  faults.add(path, `must be a name, not ${kindOf(value)}`);
  return undefined;
}

function namesAt(value: Json | undefined, path: string, faults: Faults): string[] {
  const names = isList(value) ? value : value === undefined ? [] : [value];
  return names.filter((name): name is string => {
    if (typeof name === 'string') return true;
    faults.add(path, 'must be a logical id or a list of logical ids');
    return false;
  });
}
