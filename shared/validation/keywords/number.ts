// Keywords for numbers: bounds and divisors. In draft 4 the exclusive ones are flags of their neighbours.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { isMultiple } from '../multiple.ts';
import { flagOf, numberOf, type Keywords, type Schema } from './keyword.ts';

export const NUMBER_KEYWORDS: Keywords = {
  minimum: (argument, schema) => {
    const least = numberOf(argument);
    if (isFlagged(schema, 'exclusiveMinimum')) {
      return (value, run) =>
        typeof value !== 'number' ||
        value > least ||
        run.refuse(
          () => `numeric instance is not strictly greater than the required minimum ${least}`,
        );
    }
    return (value, run) =>
      typeof value !== 'number' ||
      value >= least ||
      run.refuse(
        () =>
          `numeric instance is lower than the required minimum (minimum: ${least}, found: ${value})`,
      );
  },
  maximum: (argument, schema) => {
    const most = numberOf(argument);
    if (isFlagged(schema, 'exclusiveMaximum')) {
      return (value, run) =>
        typeof value !== 'number' ||
        value < most ||
        run.refuse(
          () => `numeric instance is not strictly lower than the required maximum ${most}`,
        );
    }
    return (value, run) =>
      typeof value !== 'number' ||
      value <= most ||
      run.refuse(
        () =>
          `numeric instance is greater than the required maximum (maximum: ${most}, found: ${value})`,
      );
  },
  exclusiveMinimum: (argument, schema) => needs(argument, schema, 'minimum'),
  exclusiveMaximum: (argument, schema) => needs(argument, schema, 'maximum'),
  multipleOf: (argument) => {
    const divisor = numberOf(argument);
    if (divisor <= 0) throw new DefinitionError('must be above 0');
    return (value, run) =>
      typeof value !== 'number' ||
      isMultiple(value, divisor) ||
      run.refuse(() => `remainder of division is not zero (${value} / ${divisor})`);
  },
};

function isFlagged(schema: Schema, name: string): boolean {
  return Object.hasOwn(schema, name) && flagOf(schema[name]);
}

function needs(argument: unknown, schema: Schema, bound: string): undefined {
  flagOf(argument);
  if (!Object.hasOwn(schema, bound)) throw new DefinitionError(`needs ${bound}`);
}
