// Parameters: types, defaults, overrides and constraints.
import { expect, test } from 'vitest';
import { Faults } from '#services/deploy/faults.ts';
import type { JsonObject } from '#services/deploy/json.ts';
import { readParameters } from '#services/deploy/parameters.ts';

function read(declaration: JsonObject, override?: string): unknown {
  const faults = new Faults('t', { at: () => undefined });
  const overrides = override === undefined ? {} : { P: override };
  const value = readParameters({ P: declaration }, overrides, faults).get('P');
  try {
    faults.throwIfAny();
  } catch (error) {
    return (error as Error).message.replace('t: Parameters.P: ', '');
  }
  return value;
}

test.each<[JsonObject, string | undefined, unknown]>([
  [{ Type: 'String', Default: 'a' }, undefined, 'a'],
  [{ Type: 'String', Default: 'a' }, 'b', 'b'],
  [{ Type: 'String', Default: 5 }, undefined, '5'],
  [{ Type: 'String', Default: '' }, undefined, ''],
  [{ Type: 'Number', Default: 5 }, undefined, '5'],
  [{ Type: 'CommaDelimitedList', Default: 'a, b' }, undefined, ['a', 'b']],
  [{ Type: 'List<Number>', Default: '1,2' }, undefined, ['1', '2']],
  [{ Type: 'AWS::EC2::VPC::Id', Default: 'vpc-1' }, undefined, 'vpc-1'],
  [{ Type: 'String' }, undefined, 'has no Default, and no value was given'],
  [{ Type: 'Text', Default: 'a' }, undefined, 'the type "Text" is not supported'],
  [{ Default: 'a' }, undefined, 'the type null is not supported'],
  [{ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a' }, undefined, undefined],
  [{ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a' }, 'given', 'given'],
  [{ Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/a' }, 'a,b', ['a', 'b']],
  [{ Type: 'Number', Default: 'x' }, undefined, 'the value "x" is not a number'],
  [{ Type: 'Number', MinValue: 3 }, '2', 'the value "2" is less than MinValue'],
  [{ Type: 'Number', MaxValue: '3' }, '4', 'the value "4" is more than MaxValue'],
  [{ Type: 'String', MinLength: 3 }, 'ab', 'the value "ab" is shorter than MinLength'],
  [{ Type: 'String', MaxLength: '1' }, 'ab', 'the value "ab" is longer than MaxLength'],
  [{ Type: 'String', AllowedValues: ['a', 'b'] }, 'c', 'the value "c" is not one of a, b'],
  [{ Type: 'Number', AllowedValues: [1, 2] }, '2', '2'],
  [{ Type: 'String', AllowedPattern: '[a-z]+' }, 'abc', 'abc'],
  [
    { Type: 'String', AllowedPattern: '[a-z]+', ConstraintDescription: 'small letters' },
    'a1',
    'the value "a1" does not match AllowedPattern [a-z]+ (small letters)',
  ],
  [
    { Type: 'String', AllowedPattern: '(' },
    'a',
    'the value "a" cannot be checked: AllowedPattern ( is no regular expression',
  ],
  [
    { Type: 'String', NoEcho: true, AllowedPattern: '[a-z]+' },
    'S3CRET',
    'the value **** does not match AllowedPattern [a-z]+',
  ],
])('%j with %s', (declaration, override, expected) => {
  expect(read(declaration, override)).toEqual(expected);
});

test('an override of what is not declared is a fault', () => {
  const faults = new Faults('t', { at: () => undefined });
  readParameters({}, { toString: 'x' }, faults);
  expect(() => faults.throwIfAny()).toThrow('the template has no parameter toString');
});
