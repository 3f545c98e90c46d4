// What a Lambda authorizer answers (AWS guide: api-gateway-lambda-authorizer-output), read once and checked.
import type { Limits } from '#shared/model/limits.ts';
import type { StringMap } from '#shared/model/records.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { compilePolicy, type Policy } from './policy.ts';
import { PolicyFault } from './policy-fault.ts';

/** A usable answer. */
export interface AuthorizerOutput {
  readonly policy: Policy;
  /** `principalId` and the context's pairs, all as texts. */
  readonly authorizer: StringMap;
  readonly usageIdentifierKey?: string;
}

/** AWS guide: api-gateway-lambda-authorizer-output. */
const RESOURCE_LENGTH = 512;

const MEMBERS: readonly string[] = [
  'principalId',
  'policyDocument',
  'context',
  'usageIdentifierKey',
];

/** Reads the answer of a function that did not fail. Throws AUTHORIZER_CONFIGURATION_ERROR for what AWS cannot use. */
export function readOutput(payload: Buffer, limits: Limits): AuthorizerOutput {
  if (payload.length > limits.authorizerResultBytes) {
    throw unusable(`it has ${payload.length} bytes, more than ${limits.authorizerResultBytes}`);
  }
  const output = parse(payload);
  const foreign = Object.keys(output).find((name) => !MEMBERS.includes(name));
  if (foreign !== undefined) throw unusable(`unknown member ${JSON.stringify(foreign)}`);
  const { principalId, usageIdentifierKey } = output;
  if (!isScalar(principalId) || principalId === '') throw unusable('principalId is missing');
  const key = usageIdentifierKey ?? undefined;
  if (key !== undefined && typeof key !== 'string') {
    throw unusable('usageIdentifierKey is not a text');
  }
  return {
    policy: readPolicy(output['policyDocument']),
    authorizer: { ...readContext(output['context'] ?? {}), principalId: String(principalId) },
    ...(key === undefined ? {} : { usageIdentifierKey: key }),
  };
}

type JsonMap = Readonly<Record<string, unknown>>;

function parse(payload: Buffer): JsonMap {
  let output: unknown;
  try {
    output = JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw unusable('it is not JSON', cause);
  }
  if (isMap(output)) return output;
  throw unusable('it is not an object');
}

function readPolicy(document: unknown): Policy {
  if (document === undefined || document === null) throw unusable('policyDocument is missing');
  try {
    return compilePolicy(document, { resourceLength: RESOURCE_LENGTH });
  } catch (cause) {
    if (!(cause instanceof PolicyFault)) throw cause;
    throw unusable(`policyDocument: ${cause.message}`, cause);
  }
}

/** Numbers and booleans become texts; lists and objects may not be there. */
function readContext(context: unknown): StringMap {
  if (!isMap(context)) throw unusable('context is not an object');
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => {
      if (isScalar(value)) return [name, String(value)];
      throw unusable(`context.${name} is not a text, number or boolean`);
    }),
  );
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(what: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'AUTHORIZER_CONFIGURATION_ERROR',
    `the authorizer's answer cannot be used: ${what}`,
    cause === undefined ? undefined : { cause },
  );
}
