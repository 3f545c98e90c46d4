// A service covers its SDK module exactly, and its errors are rendered as the module models them.
import * as acm from '@aws-sdk/client-acm';
import * as v1 from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as management from '@aws-sdk/client-apigatewaymanagementapi';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test, vi } from 'vitest';
import { ACM_DIALECT, API_GATEWAY_DIALECT, LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { readModel } from '#shared/aws-api/operations.ts';
import { classify, renderError } from '#shared/aws-api/render-error.ts';
import { defineService, type ServiceDefinition } from '#shared/aws-api/service.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { ConflictError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import { CONTEXT, refusalOf, wire } from '../../support/wire-request.ts';

const OPERATIONS = ['GetConnection', 'DeleteConnection', 'PostToConnection'];
const done = async (): Promise<object> => ({});
const definition = (given: Partial<ServiceDefinition>): ServiceDefinition => ({
  service: 'management',
  prefixes: [],
  sdk: async () => management,
  handlers: {},
  notImplemented: OPERATIONS,
  dialect: API_GATEWAY_DIALECT,
  ...given,
});

test.each([
  [{ notImplemented: OPERATIONS.slice(1) }, 'GetConnection has no handler'],
  [{ notImplemented: [...OPERATIONS, 'Dance'] }, 'Dance is no operation'],
  [{ handlers: { Sing: done } }, 'Sing is no operation'],
  [{ handlers: { GetConnection: done } }, 'GetConnection is handled and not'],
])('%j does not load', async (given, message) => {
  await expect(defineService(definition(given)).load()).rejects.toThrow(message);
});

test('the SDK is loaded once, and not before it is needed', async () => {
  const sdk = vi.fn(async () => management);
  const service = defineService(definition({ sdk }));
  expect(sdk).not.toHaveBeenCalled();
  expect(service.model).toBeUndefined();
  await Promise.all([service.load(), service.load()]);
  await service.load();
  expect(sdk).toHaveBeenCalledTimes(1);
});

test('an operation that is not implemented is named', async () => {
  const service = defineService(definition({}));
  const error = await refusalOf(service.handle(wire('GET /@connections/x'), CONTEXT));
  expect(error).toMatchObject({ status: 501, type: 'NotImplementedException' });
  expect(error.message).toContain('GetConnection of management');
});

const rendered: readonly [string, object, ServiceError, object, object][] = [
  [
    'v2 not found',
    v2,
    new ServiceError('NotFoundException', 404, 'm', { ResourceType: 'Api' }),
    {},
    { message: 'm', resourceType: 'Api' },
  ],
  [
    'v1 throttled',
    v1,
    new ServiceError('TooManyRequestsException', 429, 'm', { retryAfterSeconds: 3 }),
    { 'Retry-After': '3' },
    { message: 'm' },
  ],
  [
    'Lambda not found',
    lambda,
    new ServiceError('ResourceNotFoundException', 404, 'm'),
    {},
    { Type: 'User', Message: 'm' },
  ],
  [
    'Lambda invalid',
    lambda,
    new ServiceError('InvalidParameterValueException', 400, 'm'),
    {},
    { Type: 'User', message: 'm' },
  ],
  [
    'Lambda failure',
    lambda,
    new ServiceError('ServiceException', 500, 'm'),
    {},
    { Type: 'Service', Message: 'm' },
  ],
  [
    'not in the model',
    v2,
    new ServiceError('ValidationException', 400, 'm', { a: 1 }),
    {},
    { message: 'm', a: 1 },
  ],
  ['from the front', v2, new ServiceError('AccessDeniedException', 403, 'm'), {}, { message: 'm' }],
  [
    'from the front, v1',
    v1,
    new ServiceError('AccessDeniedException', 403, 'm'),
    {},
    { Message: 'm' },
  ],
];

test.each(rendered)('%s', (_what, sdk, error, headers, body) => {
  const answer = renderError(error, readModel(sdk), API_GATEWAY_DIALECT);
  expect(answer.status).toBe(error.status);
  expect(answer.headers).toEqual({
    'Content-Type': 'application/json',
    'x-amzn-ErrorType': error.type,
    ...headers,
  });
  expect(JSON.parse(answer.body as string)).toEqual(body);
});

test.each([
  [404, 400],
  [403, 400],
  [413, 413],
  [501, 501],
])('the JSON protocol tells the type in the body, and status %i as %i', (status, told) => {
  const error = new ServiceError('ResourceNotFoundException', status, 'm');
  expect(renderError(error, readModel(acm), ACM_DIALECT)).toEqual({
    status: told,
    headers: { 'Content-Type': 'application/x-amz-json-1.1' },
    body: '{"__type":"ResourceNotFoundException","message":"m"}',
  });
});

const certificates = defineService(
  definition({
    service: 'acm',
    sdk: async () => acm,
    target: 'CertificateManager',
    dialect: ACM_DIALECT,
    handlers: {
      GetCertificate: async () => ({ Certificate: 'pem' }),
      DeleteCertificate: async () => undefined,
    },
    notImplemented: [...readModel(acm).operations.keys()].filter(
      (name) => name !== 'GetCertificate' && name !== 'DeleteCertificate',
    ),
  }),
);
const asked = (target: string) => ({
  ...wire('POST /', { CertificateArn: 'arn:x' }),
  rawHeaders: ['X-AMZ-Target', target],
});

test('operations of the JSON protocol are found by their target', async () => {
  const headers = { 'Content-Type': 'application/x-amz-json-1.1' };
  const got = certificates.handle(asked('CertificateManager.GetCertificate'), CONTEXT);
  expect(await got).toEqual({ status: 200, headers, body: '{"Certificate":"pem"}' });
  const gone = certificates.handle(asked('CertificateManager.DeleteCertificate'), CONTEXT);
  expect(await gone).toEqual({ status: 200, headers, body: '' });
});

test.each(['CertificateManager.Dance', 'Other.GetCertificate', 'CertificateManager', ''])(
  'the target %j is no operation',
  async (target) => {
    const error = await refusalOf(certificates.handle(asked(target), CONTEXT));
    expect(error).toMatchObject({ type: 'UnknownOperationException', status: 400 });
  },
);

test('before the model is loaded there is a message all the same', () => {
  const error = new ServiceError('NotFoundException', 404, 'm');
  const answer = renderError(error, undefined, API_GATEWAY_DIALECT);
  expect(answer.body).toBe('{"message":"m"}');
});

test.each([
  [new ConflictError('x'), API_GATEWAY_DIALECT, 'ConflictException', 409, false],
  [new ConflictError('x'), LAMBDA_DIALECT, 'ResourceConflictException', 409, false],
  [new StoreUnavailableError('x'), API_GATEWAY_DIALECT, 'ServiceUnavailableException', 503, true],
  [new StoreUnavailableError('x'), LAMBDA_DIALECT, 'ServiceException', 500, true],
  [new Error('secret detail'), API_GATEWAY_DIALECT, 'InternalFailure', 500, true],
  ['thrown text', API_GATEWAY_DIALECT, 'InternalFailure', 500, true],
])('%s is a known failure', (thrown, dialect, type, status, unexpected) => {
  const found = classify(thrown, dialect);
  expect(found.error).toMatchObject({ type, status });
  expect(found.error.message).not.toContain('secret');
  expect(found.unexpected).toBe(unexpected);
});
