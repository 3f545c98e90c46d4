// Which model a message must fit: the model selection expression, its keys, the catch-all, and what happens without.
import { expect, test } from 'vitest';
import { BufferBody } from '#shared/exchange/body.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { Models } from '#shared/validation/models.ts';
import { compileRequestValidator } from '#shared/validation/request.ts';
import { testRouteRecord } from '../../support/snapshot.ts';

const MODELS = new Models('api1', [
  { ModelId: 'm1', Name: 'Order', Schema: '{"required":["sku"]}' },
  { ModelId: 'm2', Name: 'Anything', Schema: '{}' },
  { ModelId: 'm3', Name: 'Number', Schema: '{"type":"number"}' },
  { ModelId: 'm4', Name: 'Broken', Schema: '{"type":"strnig"}' },
]);

function validatorOf(
  expression: string | undefined,
  RequestModels: Readonly<Record<string, string>> | undefined,
  lenient = false,
) {
  const record = testRouteRecord('order', {
    ...(expression === undefined ? {} : { ModelSelectionExpression: expression }),
    ...(RequestModels === undefined ? {} : { RequestModels }),
  });
  return compileRequestValidator(record, MODELS, { lenient });
}

const BY_KIND = '$request.body.kind';

test.each([
  [BY_KIND, { order: 'Order' }, '{"kind":"order","sku":1}', undefined],
  [BY_KIND, { order: 'Order' }, '{"kind":"order"}', 'missing required'],
  [BY_KIND, { order: 'Order' }, '{"kind":"other","sku":1}', 'no model for the key "other"'],
  [BY_KIND, { order: 'Order' }, '{}', 'no model for the key ""'],
  [BY_KIND, { order: 'Anything', $default: 'Order' }, '{"kind":"other","sku":1}', undefined],
  [BY_KIND, { order: 'Anything', $default: 'Order' }, '{"kind":"other"}', 'missing required'],
  [BY_KIND, undefined, '{"kind":"order"}', 'no model'],
  [BY_KIND, { $default: 'Anything' }, 'not json', 'not JSON'],
  [BY_KIND, { $default: 'Anything' }, '', 'not JSON'],
  [BY_KIND, { $default: 'Number' }, '5', undefined],
  ['order', { order: 'Order' }, '{"sku":2}', undefined],
  ['order', { order: 'Order' }, '{"sk":2}', 'missing required'],
  ['${request.body.kind}-${request.body.v}', { 'a-1': 'Order' }, '{"kind":"a","v":1}', 'missing'],
  ['\\$default', { $default: 'Order' }, '{}', 'missing required'],
])('%s over %j: %s', (expression, models, text, fault) => {
  const answer = validatorOf(expression, models)?.(new BufferBody(Buffer.from(text)));
  if (fault === undefined) expect(answer).toBeUndefined();
  else expect(answer).toContain(fault);
});

test('without an expression nothing is validated, whatever the models are', () => {
  expect(validatorOf(undefined, { $default: 'Order' })).toBeUndefined();
});

test('expressions and models that can never work are found when they are compiled', () => {
  expect(() => validatorOf('$context.routeKey', { $default: 'Order' })).toThrow(DefinitionError);
  expect(() => validatorOf(BY_KIND, { $default: 'Broken' })).toThrow('Model Broken: type');
});

test('with disableSchemaValidation a broken model fails the messages that need it', () => {
  const validate = validatorOf(BY_KIND, { a: 'Broken', $default: 'Anything' }, true);
  expect(validate?.(new BufferBody(Buffer.from('{"kind":"b"}')))).toBeUndefined();
  expect(() => validate?.(new BufferBody(Buffer.from('{"kind":"a"}')))).toThrow(GatewayError);
});
