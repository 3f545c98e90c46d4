// What authorizers get from the stage they belong to and from the node.
import type { Authenticate } from '#shared/model/authorizer.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { Invoker } from '#shared/model/functions.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { Clock } from '#shared/runtime/clock.ts';

/** Given to every kind's `create`. */
export interface AuthorizerDeps {
  readonly invoker: Invoker;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly limits: Limits;
  /** The stage being compiled; its routes are not there yet. */
  readonly stage: Stage;
  /** ARN of the route that clients ask for: what policies are about. */
  readonly methodArn: string;
  /** Event of a Lambda authorizer; a protocol brings its own shape. */
  readonly event: (exchange: Exchange, methodArn: string) => string;
}
