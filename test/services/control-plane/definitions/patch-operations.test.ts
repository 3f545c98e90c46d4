// Patch operations: paths, wildcards, escapes, order, and AWS's texts for what is not allowed.
import { expect, test } from 'vitest';
import {
  applyPatches,
  flagOf,
  type PatchRule,
} from '#services/control-plane/definitions/patch-operations.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';

type Trace = readonly string[];
const note =
  (name: string) =>
  (
    trace: Trace,
    { at, value }: { readonly at: readonly string[]; readonly value: string },
  ): Trace => [...trace, [name, ...at, value].join(' ')];

const RULES: readonly PatchRule<Trace>[] = [
  { path: '/name', ops: { replace: note('name') } },
  { path: '/list', shown: '/list/<thing>', ops: { add: note('add'), remove: note('remove') } },
  { path: '/map/*/x', ops: { replace: note('x') } },
  { path: '/map/*/deep/**/leaf', ops: { add: note('leaf') } },
];
const patch = (...operations: object[]): Trace =>
  applyPatches<Trace>([], operations, { rules: RULES, input: 'updateThingInput' });

test.each([
  [{ op: 'replace', path: '/name', value: 'a' }, 'name a'],
  [{ op: 'replace', path: '/name' }, 'name '],
  [{ op: 'remove', path: '/list', value: 'b' }, 'remove b'],
  [{ op: 'replace', path: '/map/k~1e~0y/x', value: '1' }, 'x k/e~y 1'],
  [{ op: 'replace', path: '/map//x', value: '1' }, 'x  1'],
  [{ op: 'add', path: '/map/a:b/deep/~1pets/GET/leaf', value: '2' }, 'leaf a:b /pets/GET 2'],
  [{ op: 'add', path: '/map/a/deep/$connect/leaf', value: '2' }, 'leaf a $connect 2'],
])('%j', (operation, wanted) => {
  expect(patch(operation)).toEqual([wanted]);
});

test('operations are applied in order; none at all changes nothing', () => {
  const first = { op: 'add', path: '/list', value: '1' };
  expect(patch(first, { op: 'remove', path: '/list', value: '2' })).toEqual(['add 1', 'remove 2']);
  expect(applyPatches<Trace>([], undefined, { rules: RULES, input: '' })).toEqual([]);
});

test.each([
  [
    { op: 'replace', path: '/id' },
    "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /map/*/x]",
  ],
  [
    { op: 'remove', path: '/list/a' },
    "Invalid patch path  '/list/a' specified for op 'remove'. Must be one of: [/list/<thing>]",
  ],
  [
    { op: 'copy', path: '/name' },
    "Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations",
  ],
  [{ op: 'replace' }, "Invalid patch path  'null' specified for op 'replace'. Must be one of:"],
  [{ op: 'add', path: '/map/a/deep/leaf' }, "Invalid patch path  '/map/a/deep/leaf'"],
  [{ op: 'replace', path: 'name' }, "Invalid patch path  'name'"],
])('%j is refused', (operation, text) => {
  expect(() => patch(operation)).toThrow(expect.objectContaining({ type: 'BadRequestException' }));
  expect(() => patch(operation)).toThrow(text);
});

test.each([['wrong_op'], [undefined]])('the op %s is refused by its place', (op) => {
  const good = { op: 'replace', path: '/name', value: '' };
  const refused = () => patch(good, { ...good, ...(op ? { op } : { op: undefined }) });
  expect(refused).toThrow(ServiceError);
  expect(refused).toThrow(
    `1 validation error detected: Value '${op ?? 'null'}' at 'updateThingInput.patchOperations.2.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]`,
  );
});

test('only true is true', () => {
  expect(['true', 'True', 'false', '', 'yes'].map(flagOf)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
