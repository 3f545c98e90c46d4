// SAM's Globals section: values that every serverless resource of a kind starts from.
import { child } from './faults.ts';
import type { Faults } from './faults.ts';
import { isIntrinsic } from './intrinsics.ts';
import { isList, isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { mapAt } from './sections.ts';

/** Sections of Globals by the type they are for. AWS: SAM developer guide, Globals section. */
const SECTION_OF: Readonly<Record<string, string>> = {
  'AWS::Serverless::Api': 'Api',
  'AWS::Serverless::CapacityProvider': 'CapacityProvider',
  'AWS::Serverless::Function': 'Function',
  'AWS::Serverless::HttpApi': 'HttpApi',
  'AWS::Serverless::LayerVersion': 'LayerVersion',
  'AWS::Serverless::SimpleTable': 'SimpleTable',
  'AWS::Serverless::StateMachine': 'StateMachine',
  'AWS::Serverless::WebSocketApi': 'WebSocketApi',
};

/** Reports sections of Globals that do not exist. */
export function checkGlobals(globals: JsonObject, faults: Faults): void {
  const known = Object.values(SECTION_OF);
  for (const [name, value] of Object.entries(globals)) {
    const path = child('Globals', name);
    if (known.includes(name)) mapAt(value, path, faults);
    else faults.add(path, `Globals has no section ${name}`);
  }
}

/** `properties` over what Globals says for `type`: maps are merged, lists are joined, all else is replaced. */
export function withGlobals(globals: JsonObject, type: string, properties: JsonObject): JsonObject {
  const section = SECTION_OF[type];
  const given = section === undefined ? undefined : globals[section];
  return isObject(given) ? (merge(given, properties) as JsonObject) : properties;
}

function merge(base: Json, own: Json): Json {
  if (isList(base) && isList(own)) return [...base, ...own];
  if (!isObject(base) || !isObject(own) || isIntrinsic(base) || isIntrinsic(own)) return own;
  const result: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(own)) {
    const inherited = result[name];
    result[name] = inherited === undefined ? value : merge(inherited, value);
  }
  return result;
}
