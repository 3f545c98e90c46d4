// Conditions: operators, references to each other, and their faults.
import { expect, test } from 'vitest';
import { ANY_RESOURCE, faultsOf, outputsOf, planOf } from '../../support/plan.ts';

const withCondition = (condition: string): string => `
Parameters:
  Env: {Type: String, Default: prod}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Test: !Equals [!Ref Env, test]
  It: ${condition}
${ANY_RESOURCE}
Outputs:
  Out: {Value: !If [It, yes, no]}
`;

test.each([
  ['!Equals [a, a]', 'yes'],
  ['!Equals [a, b]', 'no'],
  ['!Equals [true, "true"]', 'yes'],
  ['!Equals [1, "1"]', 'yes'],
  ['!Equals [!Sub "${Env}x", prodx]', 'yes'],
  ['!Not [!Equals [a, a]]', 'no'],
  ['!And [!Condition Prod, !Not [!Condition Test]]', 'yes'],
  ['!And [!Condition Prod, !Condition Test]', 'no'],
  ['!Or [!Condition Test, !Condition Prod]', 'yes'],
  ['!Or [!Condition Test, !Equals [1, 2]]', 'no'],
  ['{Condition: Prod}', 'yes'],
])('%s', (condition, expected) => {
  expect(outputsOf(planOf(withCondition(condition)))['Out']).toBe(expected);
});

test.each([
  ['!Condition Nobody', '.Condition: there is no condition Nobody'],
  ['!Condition It', '.Condition: the conditions depend on each other: It → It'],
  ['!Not [!Equals [1, 1], !Equals [1, 1]]', '.Fn::Not: Fn::Not needs a list of one condition'],
  ['!Equals [1]', '.Fn::Equals: Fn::Equals needs a list of two values'],
  ['!And [!Condition Prod]', '.Fn::And: needs a list of 2 to 10 conditions'],
  [
    '!Or [!Condition Prod, 5]',
    '.Fn::Or[1]: a condition must be one of Fn::And, Or, Not, Equals or Condition',
  ],
  ['!Equals [!Ref Role, a]', '.Fn::Equals[0].Ref: there is no parameter or resource Role'],
  ['prod', ': a condition must be one of Fn::And, Or, Not, Equals or Condition'],
])('fault: %s', (condition, expected) => {
  expect(faultsOf(withCondition(condition))).toEqual([`Conditions.It${expected}`]);
});

test('an unused condition is checked too', () => {
  expect(faultsOf(`Conditions: {A: !Condition B, B: !Condition A}${ANY_RESOURCE}`)).toEqual([
    'Conditions.B.Condition: the conditions depend on each other: A → B → A',
  ]);
});
