// PATCH of API Gateway v1: operations on paths, applied in order to a copy of a record, all or none (AWS: api-ref patch-operations).
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { badRequest } from '../faults.ts';

/** One operation as a client sends it. */
export interface PatchOperation {
  readonly op?: string | undefined;
  readonly path?: string | undefined;
  readonly value?: string | undefined;
}

const OPS = ['add', 'remove', 'move', 'test', 'replace', 'copy'] as const;

/** What a path lets be done. */
export type Op = (typeof OPS)[number];

/** What a rule gets of an operation: the texts at the rule's `*` and `**`, unescaped, and the value. */
export interface PatchArguments {
  /** A `**` is one text, its segments joined by `/`. */
  readonly at: readonly string[];
  /** Empty when none was given. */
  readonly value: string;
}

/** Changes of a record at one path. `*` stands for one segment, `**` for one or more. */
export interface PatchRule<R> {
  readonly path: string;
  /** The path as AWS's texts write it; absent: as it is. */
  readonly shown?: string;
  readonly ops: Partial<Record<Op, (record: R, patch: PatchArguments) => R>>;
}

/** `record` after `operations`; 400 in AWS's words for an operation or path that no rule has. */
export function applyPatches<R>(
  record: R,
  operations: readonly PatchOperation[] | undefined,
  { rules, input }: { readonly rules: readonly PatchRule<R>[]; readonly input: string },
): R {
  return (operations ?? []).reduce((current, operation, index) => {
    const op = checkedOp(operation, `${input}.patchOperations.${index + 1}.member.op`);
    const [change, at] = found(rules, op, operation.path);
    return change(current, { at, value: operation.value ?? '' });
  }, record);
}

/** AWS's boolean of a text: what is not `true` is false. */
export const flagOf = (text: string): boolean => text.toLowerCase() === 'true';

function checkedOp({ op }: PatchOperation, member: string): Op {
  const known = OPS.find((name) => name === op);
  if (known !== undefined) return known;
  throw new ServiceError(
    'ValidationException',
    400,
    `1 validation error detected: Value '${op ?? 'null'}' at '${member}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${OPS.join(', ')}]`,
  );
}

function found<R>(
  rules: readonly PatchRule<R>[],
  op: Op,
  path: string | undefined,
): [(record: R, patch: PatchArguments) => R, readonly string[]] {
  const segments = (path ?? '').split('/').slice(1).map(unescaped);
  for (const { path: pattern, ops } of rules) {
    const change = ops[op];
    const at = change && matched(pattern.split('/').slice(1), segments);
    if (change && at) return [change, at];
  }
  throw invalidPath(rules, op, path);
}

/** The two blanks are AWS's. */
function invalidPath<R>(rules: readonly PatchRule<R>[], op: Op, path: string | undefined): Error {
  const paths = rules.filter(({ ops }) => ops[op]).map(({ path: own, shown = own }) => shown);
  const hint =
    paths.length === 0
      ? 'Please choose supported operations'
      : `Must be one of: [${paths.join(', ')}]`;
  return badRequest(`Invalid patch path  '${path ?? 'null'}' specified for op '${op}'. ${hint}`);
}

/** What stands at the wildcards of `pattern`; `undefined` when `segments` do not fit it. */
function matched(
  pattern: readonly string[],
  segments: readonly string[],
): readonly string[] | undefined {
  const many = pattern.indexOf('**');
  const spare = segments.length - pattern.length;
  if (many < 0 ? spare !== 0 : spare < 0) return undefined;
  const at: string[] = [];
  let next = 0;
  for (const part of pattern) {
    const width = part === '**' ? spare + 1 : 1;
    const text = segments.slice(next, next + width).join('/');
    next += width;
    if (part === '*' || part === '**') at.push(text);
    else if (part !== text) return undefined;
  }
  return at;
}

/** JSON pointer, RFC 6901. */
function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
