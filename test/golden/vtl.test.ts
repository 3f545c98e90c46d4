// Mapping templates against exchanges, from test/golden/vtl: template, scope as JSON, expected text.
import { expect, test } from 'vitest';
import type { Connection } from '#shared/model/connection.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import { compileTemplate, TemplateError } from '#shared/mapping/vtl/template.ts';
import {
  testConnection,
  testMessage,
  testRequest,
  testRoute,
  testStage,
} from '../support/exchange.ts';
import { goldenCases } from '../support/golden.ts';

interface Given {
  /** Text, or a document that becomes the body's JSON. */
  readonly body?: unknown;
  readonly query?: string;
  readonly rawHeaders?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly connection?: Partial<Connection>;
  readonly params?: Readonly<Record<string, string>>;
}

/** The rendered text, or the failure in parentheses. */
function render(template: string, given: Given): string {
  const { body, query, rawHeaders, variables, connection, params } = given;
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const exchange = testMessage(text, {
    route: testRoute({ routeKey: 'ask' }),
    stage: testStage({ variables: variables ?? {} }),
    connection: testConnection(connection),
    request: testRequest({
      body: text,
      ...(query !== undefined && { query }),
      ...(rawHeaders !== undefined && { rawHeaders }),
    }),
  });
  try {
    const scope = { exchange, body: new BufferBody(Buffer.from(text)), ...(params && { params }) };
    return compileTemplate(template).render(scope);
  } catch (error) {
    if (error instanceof DefinitionError) return `(refused: ${error.message})`;
    if (error instanceof TemplateError) return `(failed: ${error.message})`;
    throw error;
  }
}

const cases = goldenCases('vtl');

test.each(cases)('$name', ({ sections: [template = '', given = '', expected] }) => {
  expect(render(template, given.trim() === '' ? {} : (JSON.parse(given) as Given))).toBe(expected);
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(90);
});
