// Whatever JSON comes, an operation is reached with an input of its model's kinds, or refused with 400; nothing else happens.
import * as v1 from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { API_GATEWAY_DIALECT } from '#shared/aws-api/dialect.ts';
import { type Operation, readModel } from '#shared/aws-api/operations.ts';
import type { Member, Shape } from '#shared/aws-api/shape.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { sample } from '../../support/sample.ts';
import { CONTEXT, recorder, wire } from '../../support/wire-request.ts';

/** The same sequence in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1.5,
  1e308,
  '',
  'text',
  'AAEC',
  '2020-04-07T20:21:59Z',
  [],
  [null],
  [[]],
  {},
  { a: null },
  { a: { b: [1] } },
  JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}'),
];

/** JSON of `member`, sometimes as the model wants it. */
function valueFor({ name, shape }: Member, next: () => number): unknown {
  if (next() < 0.5) return ODD[Math.floor(next() * ODD.length)];
  return JSON.parse(JSON.stringify(sample(shape, name))) as unknown;
}

function bodyFor({ input }: Operation, next: () => number): string {
  const members = input.body.filter(() => next() < 0.8);
  return JSON.stringify(Object.fromEntries(members.map((m) => [m.wireName, valueFor(m, next)])));
}

function addressOf({ method, segments, literals }: Operation): string {
  const path = segments.map((part) => ('literal' in part ? part.literal : 'x')).join('/');
  const query = new URLSearchParams(Object.fromEntries(literals)).toString();
  return `${method} /${path}${query && '?'}${query}`;
}

function isOfKind(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case 'structure':
      return (
        isPlain(value) &&
        shape.members.every(({ name, shape: inner, required }) =>
          Object.hasOwn(value, name) ? isOfKind(inner, value[name]) : !required,
        )
      );
    case 'list':
      return Array.isArray(value) && value.every((item) => isOfKind(shape.member, item));
    case 'map':
      return isPlain(value) && Object.values(value).every((item) => isOfKind(shape.value, item));
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime());
    case 'blob':
      return value instanceof Uint8Array;
    case 'document':
      return true;
    default:
      return typeof value === shape.kind;
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

test.each([
  ['apigateway', v1],
  ['apigatewayv2', v2],
  ['lambda', lambda],
] as const)('%s', async (_service, sdk) => {
  const next = random(7);
  const { service, reached } = recorder(sdk, API_GATEWAY_DIALECT, undefined);
  const operations = [...readModel(sdk).operations.values()].filter(
    ({ input }) => input.body.length > 0,
  );
  const outcomes = { reached: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    const operation = operations[round % operations.length] as Operation;
    const body = bodyFor(operation, next);
    try {
      await service.handle(wire(addressOf(operation), body), CONTEXT);
      const input = reached.pop()?.input as Record<string, unknown>;
      const good = operation.input.body.every(({ name, shape, required }) =>
        name in input ? isOfKind(shape, input[name]) : !required,
      );
      expect(good, `${operation.name} ${body}`).toBe(true);
      outcomes.reached++;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      expect(error.status, `${operation.name} ${body}`).toBe(400);
      outcomes.refused++;
    }
  }
  expect(outcomes.reached).toBeGreaterThan(100);
  expect(outcomes.refused).toBeGreaterThan(100);
});
