// Random schemas and values: nothing is thrown but DefinitionError, and the combinations agree with what they combine.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Models, type Validator } from '#shared/validation/models.ts';
import { randomNumbers } from '../../support/random.ts';

type Random = (bound: number) => number;

const NAMES = ['a', 'b', '__proto__', 'length', '$ref', 'é'];
const TEXTS = ['', 'a', 'ab', '💩', '2024-01-01T00:00:00Z', '::1', '('];
const NUMBERS = [0, 1, -1, 2, 0.5, 1e21, 1e-7, 4];

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T;
}

function randomValue(random: Random, depth = 0): unknown {
  switch (random(depth > 3 ? 4 : 6)) {
    case 0:
      return pick(random, [true, false, null]);
    case 1:
      return pick(random, NUMBERS);
    case 2:
    case 3:
      return pick(random, TEXTS);
    case 4:
      return Array.from({ length: random(4) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random(4) }, () => [
          pick(random, NAMES),
          randomValue(random, depth + 1),
        ]),
      );
  }
}

/** Arguments of the right kind mostly; one in eight is any value. */
const ARGUMENTS: Readonly<Record<string, (random: Random, depth: number) => unknown>> = {
  type: (random) =>
    pick(random, ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']),
  enum: (random) => [randomValue(random), randomValue(random)],
  minimum: (random) => pick(random, NUMBERS),
  maximum: (random) => pick(random, NUMBERS),
  exclusiveMinimum: (random) => random(2) === 0,
  multipleOf: (random) => pick(random, [1, 2, 0.5, 1e-7]),
  minLength: (random) => random(3),
  maxLength: (random) => random(3),
  pattern: (random) => pick(random, ['^a', 'b$', '(a|b)*', '[^x]', '(a+)+$']),
  format: (random) => pick(random, ['date-time', 'ipv6', 'email', 'uri', 'none']),
  items: (random, depth) =>
    random(2) === 0 ? randomSchema(random, depth) : [randomSchema(random, depth)],
  additionalItems: (random, depth) => (random(2) === 0 ? false : randomSchema(random, depth)),
  minItems: (random) => random(3),
  maxItems: (random) => random(3),
  uniqueItems: (random) => random(2) === 0,
  required: (random) => [pick(random, NAMES)],
  properties: (random, depth) => ({ [pick(random, NAMES)]: randomSchema(random, depth) }),
  patternProperties: (random, depth) => ({ '^[a-z]': randomSchema(random, depth) }),
  additionalProperties: (random, depth) => (random(2) === 0 ? false : randomSchema(random, depth)),
  minProperties: (random) => random(3),
  maxProperties: (random) => random(3),
  dependencies: (random, depth) => ({
    a: random(2) === 0 ? ['b'] : randomSchema(random, depth),
  }),
  allOf: (random, depth) => [randomSchema(random, depth), randomSchema(random, depth)],
  anyOf: (random, depth) => [randomSchema(random, depth), randomSchema(random, depth)],
  oneOf: (random, depth) => [randomSchema(random, depth), randomSchema(random, depth)],
  not: (random, depth) => randomSchema(random, depth),
};

function randomSchema(random: Random, depth = 0): Record<string, unknown> {
  if (depth > 3) return random(6) === 0 ? { $ref: '#' } : {};
  const names = Array.from({ length: random(4) }, () => pick(random, Object.keys(ARGUMENTS)));
  return Object.fromEntries(
    names.map((name) => [
      name,
      random(64) === 0 ? randomValue(random) : ARGUMENTS[name]?.(random, depth + 1),
    ]),
  );
}

/** The validator of `schema`, or `undefined` when it is refused as it may be. */
function validatorOf(schema: unknown): Validator | undefined {
  try {
    const record = { ModelId: 'm', Name: 'M', Schema: JSON.stringify(schema) };
    return new Models('api1', [record]).validator('M');
  } catch (error) {
    if (error instanceof DefinitionError) return undefined;
    throw error;
  }
}

const BYTES = 10_000;
const wrapped = (schema: unknown, of: (inner: object) => object) => ({
  definitions: { s: schema },
  ...of({ $ref: '#/definitions/s' }),
});

test.each([1, 2, 3, 4])('seed %i', (seed) => {
  const random = randomNumbers(seed);
  let compiled = 0;
  let fitting = 0;
  for (let n = 0; n < 1000; n++) {
    const schema = randomSchema(random);
    const value = JSON.parse(JSON.stringify(randomValue(random))) as unknown;
    const validate = validatorOf(schema);
    if (validate === undefined) continue;
    compiled++;
    const fits = validate(value, BYTES) === undefined;
    if (fits) fitting++;
    // `#` would mean another document inside of a wrapper.
    if (JSON.stringify(schema).includes('"#"')) continue;
    const fitsAs = (of: (inner: object) => object) =>
      validatorOf(wrapped(schema, of))?.(value, BYTES) === undefined;
    const about = JSON.stringify({ schema, value });
    expect(
      fitsAs((inner) => ({ allOf: [inner] })),
      about,
    ).toBe(fits);
    expect(
      fitsAs((inner) => ({ anyOf: [inner] })),
      about,
    ).toBe(fits);
    expect(
      fitsAs((inner) => ({ oneOf: [inner] })),
      about,
    ).toBe(fits);
    expect(
      fitsAs((inner) => ({ not: inner })),
      about,
    ).toBe(!fits);
    expect(validatorOf({ enum: [value] })?.(value, BYTES), about).toBeUndefined();
  }
  expect(compiled).toBeGreaterThan(500);
  expect(fitting).toBeGreaterThan(100);
  expect(fitting).toBeLessThan(compiled - 50);
});
