// Ports of authorizers: how a pipeline learns who a client is and whether it may come in.
import type { Principal } from './control.ts';
import type { Exchange } from './exchange.ts';
import type { StringMap } from './records.ts';

/** Kind of an authorizer; `iam` needs no record, the route itself asks for it. */
export type AuthorizerType = 'lambda' | 'iam';

/** What an authorizer has found out of a client that may come in. */
export interface Admission {
  /** `principalId` and the authorizer's context as texts; absent where the kind has no context. */
  readonly authorizer?: StringMap;
  /** What IAM knows of the caller: accessKey, accountId, caller, user, userArn. */
  readonly identity?: StringMap;
  /** Value of the API key that the authorizer chose for the client. */
  readonly usageIdentifierKey?: string;
}

/** A compiled authorizer. Calls may overlap. */
export interface Authorizer {
  readonly type: AuthorizerType;
  /**
   * The values of the client's identity sources as one text, the same for the same client; `undefined` when one of them
   * is missing or empty. Then the client is not known (401) and `admit` is not to be called.
   */
  identity(exchange: Exchange): string | undefined;
  /**
   * Resolves for who may come in. Rejects with `GatewayError`: ACCESS_DENIED, UNAUTHORIZED, or what the authorizer itself
   * failed with. Notes its phases on the exchange (`exchange.phases`).
   */
  admit(exchange: Exchange): Promise<Admission>;
}

/** One row of the table of kinds. `parse` throws `DefinitionError` for what can never run; it is called at deploy. */
export interface AuthorizerKind<Definition, Settings, Deps> {
  readonly type: AuthorizerType;
  parse(definition: Definition): Settings;
  create(settings: Settings, deps: Deps): Authorizer;
}

/** A request as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/**
 * Who signed a request of an api's client, by header or in the query, for `execute-api` in `region`. Throws
 * `GatewayError` (MISSING_AUTHENTICATION_TOKEN, INVALID_SIGNATURE) for a request that is not signed, or not well.
 */
export type Authenticate = (request: SignedRequest, region: string) => Principal;
