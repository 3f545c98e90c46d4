// Certificate Manager's front: which requests are its own, every operation accounted for, policies of principals.
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acmService } from '#services/acm/front.ts';
import { NOT_IMPLEMENTED } from '#services/acm/not-implemented.ts';
import { openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { CertificateDesk, REGION } from '../../support/certificate-desk.ts';
import { CONTEXT, refusalOf, wire } from '../../support/wire-request.ts';

let desk: CertificateDesk;
beforeEach(async () => {
  desk = await CertificateDesk.open();
  await desk.service.start();
});
afterEach(() => desk.close());

const scope = (service: string): string[] => [
  'Authorization',
  `AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
];

test.each<[string, string[], boolean]>([
  ['signed for acm', scope('acm'), true],
  ['signed for another service', [...scope('sqs'), 'X-Amz-Target', 'CertificateManager.X'], false],
  ['with its target', ['x-amz-target', 'CertificateManager.ListCertificates'], true],
  ['with another target', ['X-Amz-Target', 'CertificateManagerX.List'], false],
  ['with nothing', [], false],
])('a request %s', (_what, rawHeaders, claimed) => {
  const front = desk.service.front({
    verifier: new SigV4Verifier(openCredentials()),
    accountId: '000000000000',
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  expect(front.claims({ url: '/', rawHeaders } as IncomingMessage)).toBe(claimed);
});

test('every operation is handled, or answers 501 by name', async () => {
  const service = acmService(desk.service.deps);
  await service.load();
  for (const name of NOT_IMPLEMENTED) {
    const error = await refusalOf(service.handle(asked(name, {}), CONTEXT));
    expect(error).toMatchObject({ status: 501, type: 'NotImplementedException' });
    expect(error.message).toContain(`${name} of acm`);
  }
});

const asked = (operation: string, body: object) => ({
  ...wire('POST /', body),
  rawHeaders: ['X-Amz-Target', `CertificateManager.${operation}`],
});

test('a policy decides by operation and certificate', async () => {
  const service = acmService(desk.service.deps);
  const [mine, other] = [await desk.request('a.example.com'), await desk.request('b.example.com')];
  const Action = ['acm:DescribeCertificate', 'acm:ListTagsForResource'];
  const policy = { Statement: [{ Effect: 'Allow', Action, Resource: mine }] };
  const context = { ...CONTEXT, region: REGION, principal: { ...CONTEXT.principal, policy } };
  const call = (operation: string, body: object) => service.handle(asked(operation, body), context);
  expect(await call('DescribeCertificate', { CertificateArn: mine })).toMatchObject({
    status: 200,
  });
  expect(await call('ListTagsForResource', { ResourceArn: mine })).toMatchObject({ status: 200 });
  for (const [operation, body] of [
    ['DescribeCertificate', { CertificateArn: other }],
    ['DeleteCertificate', { CertificateArn: mine }],
    ['ListCertificates', {}],
  ] as const) {
    const error = await refusalOf(call(operation, body));
    expect(error).toMatchObject({ type: 'AccessDeniedException' });
    expect(error.message).toContain(`acm:${operation}`);
  }
});
