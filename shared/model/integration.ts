// Ports of integrations: how a routed exchange reaches its back end and what comes back.
import type { IntegrationRecord, IntegrationResponseRecord, IntegrationType } from './records.ts';
import type { RoutedExchange } from './stage.ts';

/** What a back end answered. Members may be computed when first read, so read only what is needed. */
export interface IntegrationResult {
  /** Status code of the answer; for a Lambda proxy its `statusCode`. */
  readonly status: number;
  /** Header names in the back end's casing. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes for the client; `undefined` when there is nothing to send. */
  readonly body: Uint8Array | undefined;
}

/**
 * A compiled integration. `invoke` never answers later than its timeout, and at once where nothing has to be waited for;
 * it throws, or rejects with, a `GatewayError` (INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, …) when there is no usable
 * answer. Calls may overlap.
 */
export interface Integration {
  readonly type: IntegrationType;
  invoke(exchange: RoutedExchange): IntegrationResult | Promise<IntegrationResult>;
  /** Releases pools and timers; called when no stage uses it any more. */
  close?(): Promise<void>;
}

/** An integration's record together with its integration responses, as a snapshot has them. */
export interface IntegrationDefinition {
  readonly record: IntegrationRecord;
  readonly responses: readonly IntegrationResponseRecord[];
}

/** One row of the table of kinds. `parse` throws `DefinitionError` for what can never run; it is called at deploy. */
export interface IntegrationKind<Settings, Deps> {
  readonly type: IntegrationType;
  parse(definition: IntegrationDefinition): Settings;
  create(settings: Settings, deps: Deps): Integration;
}
