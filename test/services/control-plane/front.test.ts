// The control plane's front knows every operation of both services, and claims exactly their paths.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { controlPlaneFront, v1Service, v2Service } from '#services/control-plane/front.ts';
import { loadV1Sdk, loadV2Sdk } from '#services/control-plane/model.ts';
import { V1_NOT_IMPLEMENTED, V2_NOT_IMPLEMENTED } from '#services/control-plane/not-implemented.ts';
import { openCredentials } from '#shared/aws-api/credentials.ts';
import { readModel } from '#shared/aws-api/operations.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { CONTEXT, refusalOf, wire } from '../../support/wire-request.ts';
import { v1HandlersWith, v2HandlersWith } from '../../support/v2-handlers.ts';

async function firstSegments(load: () => Promise<object>): Promise<Set<string>> {
  const operations = [...readModel(await load()).operations.values()];
  return new Set(
    operations.map(({ segments: [first] }) => (first && 'literal' in first ? first.literal : '')),
  );
}

test('the prefixes, which are known before the SDK is loaded, are those of all operations', async () => {
  expect(v1Service(await v1HandlersWith({})).prefixes).toEqual(await firstSegments(loadV1Sdk));
  expect(v2Service(await v2HandlersWith({})).prefixes).toEqual(await firstSegments(loadV2Sdk));
});

test('every operation is accounted for, and a missing handler is found at start', async () => {
  const handlers = await v2HandlersWith({});
  await v1Service(await v1HandlersWith({})).load();
  await v2Service(handlers).load();
  const incomplete: Partial<typeof handlers> = { ...handlers };
  delete (incomplete as { GetApi?: unknown }).GetApi;
  await expect(v2Service(incomplete as typeof handlers).load()).rejects.toThrow(
    'apigatewayv2: GetApi has no handler',
  );
});

test('what is not built says so by name', async () => {
  expect(V1_NOT_IMPLEMENTED).toHaveLength(97);
  expect(V2_NOT_IMPLEMENTED).toContain('ImportApi');
  const error = await refusalOf(
    v1Service(await v1HandlersWith({})).handle(wire('GET /restapis'), CONTEXT),
  );
  expect(error).toMatchObject({ status: 501, type: 'NotImplementedException' });
  expect(error.message).toContain('GetRestApis');
});

test.each([
  ['/v2/apis', true],
  ['//v2/apis', true],
  ['/restapis?x', true],
  ['/tags/arn', true],
  ['/', false],
  ['/console', false],
  ['/2015-03-31/functions', false],
])('an unsigned request to %s: %s', async (url, claimed) => {
  const handlers = { v1: await v1HandlersWith({}), v2: await v2HandlersWith({}) };
  const front = controlPlaneFront(handlers, {
    limiter: new MemoryRateLimiter(new TestClock(0)),
    verifier: new SigV4Verifier(openCredentials()),
    accountId: '0',
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  expect(front.claims({ url, rawHeaders: [] as string[] } as IncomingMessage)).toBe(claimed);
});

test.each([
  ['DELETE /v2/apis/secret', false],
  ['DELETE /v2/apis/%73ecret', false],
  ['DELETE //v2/apis/secret/', false],
  ['DELETE /v2/apis/open', true],
  ['DELETE /v2/tags/arn%3aaws%3aapigateway%3aus-east-1%3a%3a%2fapis%2fsecret?tagKeys=a', false],
])('%s under a policy that denies one api: %j', async (line, allowed) => {
  const arn = 'arn:aws:apigateway:us-east-1::';
  const tags = encodeURIComponent(`${arn}/apis/secret`);
  const policy = {
    Statement: [
      { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'apigateway:DELETE',
        Resource: [`${arn}/apis/secret`, `${arn}/tags/${tags}`],
      },
    ],
  };
  let reached = false;
  const handlers = await v2HandlersWith({
    DeleteApi: async () => void (reached = true),
    UntagResource: async () => void (reached = true),
  });
  const context = { ...CONTEXT, principal: { ...CONTEXT.principal, policy } };
  const answer = v2Service(handlers).handle(wire(line), context);
  if (allowed) await answer;
  else
    expect(await refusalOf(answer)).toMatchObject({ status: 403, type: 'AccessDeniedException' });
  expect(reached).toBe(allowed);
});
