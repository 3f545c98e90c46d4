// Authorizers compiled for tests: their records, their stage, and what they ask of the node.
import type { AuthorizerRecord } from '#shared/model/records.ts';
import type { Exchange, Phases } from '#shared/model/exchange.ts';
import type { AuthorizerDeps } from '#shared/authorizer/deps.ts';
import { authorizerEvent } from '#shared/integration/lambda-event/websocket.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { testMessage, testRequest, testStage } from './exchange.ts';
import type { ScriptedInvoker } from './invoker.ts';
import { FUNCTION_ARN, testStageDeps } from './snapshot.ts';

/** ARN of the route that clients ask for. */
export const CONNECT_ARN = 'arn:aws:execute-api:eu-central-1:111122223333:k3v9wq01ab/live/$connect';

/** A REQUEST authorizer `auth01` of the function `chat`. */
export function testAuthorizerRecord(overrides: Partial<AuthorizerRecord> = {}): AuthorizerRecord {
  return {
    AuthorizerId: 'auth01',
    Name: 'tokens',
    AuthorizerType: 'REQUEST',
    AuthorizerUri: FUNCTION_ARN,
    IdentitySource: [],
    ...overrides,
  };
}

/** What authorizers of the stage `live` are made with; `variables` are the stage's. */
export function testAuthorizerDeps(
  overrides: Partial<AuthorizerDeps> & { readonly variables?: Record<string, string> } = {},
): AuthorizerDeps & { readonly invoker: ScriptedInvoker; readonly clock: TestClock } {
  const { variables = {}, ...rest } = overrides;
  return {
    ...testStageDeps(),
    stage: testStage({ variables }),
    methodArn: CONNECT_ARN,
    event: authorizerEvent,
    ...rest,
    invoker: testStageDeps().invoker,
    clock: new TestClock(1_729_687_745_109),
  };
}

/** A CONNECT exchange that notes its phases. */
export function testConnect(
  request: Partial<{ query: string; rawHeaders: string[] }> = {},
  overrides: Partial<Exchange> = {},
): Exchange & { readonly phases: Phases } {
  return {
    ...testMessage('', { event: 'CONNECT', request: testRequest(request), ...overrides }),
    phases: {},
  };
}
