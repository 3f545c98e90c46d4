// Route selection expressions against messages, from test/golden/expressions.
import { expect, test } from 'vitest';
import { BufferBody } from '#shared/exchange/body.ts';
import { compileRouteSelection, compileSelection } from '#shared/mapping/selection.ts';
import { goldenCases } from '../support/golden.ts';

const cases = goldenCases('expressions');

test.each(cases)('$name', ({ sections: [expression = '', message = '', expected] }) => {
  const body = new BufferBody(Buffer.from(message));
  const value = compileRouteSelection(expression)(body);
  expect(value ?? '(not evaluable)').toBe(expected);
  expect(compileSelection(expression, 'route').evaluate({ body })).toBe(value);
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(30);
});
