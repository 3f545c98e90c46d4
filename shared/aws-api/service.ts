// An AWS service made of an SDK module and handlers: match → decode → check → handle → encode.
import type { ControlContext, Handler } from '#shared/model/control.ts';
import { decodeInput } from './decode.ts';
import type { Dialect } from './dialect.ts';
import { encodeOutput } from './encode.ts';
import { serializationError } from './input-faults.ts';
import { buildMux, type Match, targetMux } from './mux.ts';
import { readModel, type ServiceModel } from './operations.ts';
import { type Permission, requirePermissions } from './permission.ts';
import { ServiceError } from './service-error.ts';
import {
  headerValue,
  parseQuery,
  type QueryPair,
  splitUrl,
  type WireRequest,
  type WireResponse,
} from './wire.ts';

/** Any operation's handler; `SdkHandlers` types them. */
export type AnyHandler = (input: never, context: ControlContext) => Promise<unknown>;

/** What makes a service. */
export interface ServiceDefinition {
  /** Name in logs and messages: `apigatewayv2`. */
  readonly service: string;
  /** First segments of the service's paths, known before the SDK is loaded. */
  readonly prefixes: readonly string[];
  /** What operations' names follow in `X-Amz-Target`, where they are found by that instead of method and path. */
  readonly target?: string;
  /** Imports the SDK module, which takes 0.1 s: called once, when first needed. */
  readonly sdk: () => Promise<object>;
  /** One for each operation that is not in `notImplemented`. */
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  /** Operations that answer 501. */
  readonly notImplemented: readonly string[];
  readonly dialect: Dialect;
  /** What the policy of the signer must allow. Absent: whoever may sign may do everything. */
  readonly permissions?: (call: Call) => readonly Permission[];
}

/** An operation that is asked for. */
export interface Call {
  readonly operation: string;
  readonly method: string;
  /** Path without the query, as sent. */
  readonly path: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly context: ControlContext;
}

/** Finds the operation that is asked for. */
type Finder = (
  request: WireRequest,
  path: string,
  query: readonly QueryPair[],
) => Match | undefined;

/** A service; nothing is loaded before `load` or the first request. */
export class AwsService {
  readonly name: string;
  readonly prefixes: ReadonlySet<string>;
  /** See `ServiceDefinition`. */
  readonly target: string | undefined;
  readonly dialect: Dialect;
  readonly #definition: ServiceDefinition;
  #loading: Promise<Finder> | undefined;
  #model: ServiceModel | undefined;

  constructor(definition: ServiceDefinition) {
    this.name = definition.service;
    this.prefixes = new Set(definition.prefixes);
    this.target = definition.target;
    this.dialect = definition.dialect;
    this.#definition = definition;
  }

  /** The SDK's model once it has been loaded. */
  get model(): ServiceModel | undefined {
    return this.#model;
  }

  /** Makes the tables. Rejects when operations and handlers do not cover each other. */
  async load(): Promise<void> {
    await this.#loaded();
  }

  /** The answer to a request whose signature has been verified. Rejects with `ServiceError` and with what handlers throw. */
  async handle(request: WireRequest, context: ControlContext): Promise<WireResponse> {
    const find = await this.#loaded();
    const { path, query: rawQuery } = splitUrl(request.url);
    const query = queryOf(rawQuery);
    const match = find(request, path, query);
    if (match === undefined) throw unknownOperation(this.dialect);
    const handler = this.#handlerOf(match);
    const { dialect } = this;
    const input = decodeInput({ request, query, match, dialect });
    this.#authorize({ operation: match.operation.name, path, input, context }, request);
    return encodeOutput(match.operation, await handler(input, context), dialect);
  }

  #authorize(
    call: Omit<Call, 'method' | 'input'> & { readonly input: unknown },
    { method, rawHeaders }: WireRequest,
  ): void {
    const { permissions } = this.#definition;
    if (permissions === undefined || call.context.principal.policy === undefined) return;
    const { principal, region, accountId, remoteAddress } = call.context;
    const input = call.input as Call['input'];
    requirePermissions(permissions({ ...call, method, input }), {
      ...{ principal, region, accountId, rawHeaders, remoteAddress },
    });
  }

  #handlerOf({ operation: { name } }: Match): Handler<unknown, unknown> {
    const { handlers, service } = this.#definition;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined) throw notImplemented(name, service);
    return handler as Handler<unknown, unknown>;
  }

  #loaded(): Promise<Finder> {
    this.#loading ??= this.#build();
    return this.#loading;
  }

  async #build(): Promise<Finder> {
    const model = readModel(await this.#definition.sdk());
    checkCoverage(this.#definition, model);
    this.#model = model;
    return this.#finder(model);
  }

  #finder({ operations }: ServiceModel): Finder {
    if (this.target !== undefined) {
      const find = targetMux(this.target, operations);
      return ({ rawHeaders }) => find(headerValue(rawHeaders, 'x-amz-target'));
    }
    const mux = buildMux(operations.values());
    return ({ method }, path, query) => mux.match(method, path, query);
  }
}

/** Makes a service of an SDK module and handlers. */
export function defineService(definition: ServiceDefinition): AwsService {
  return new AwsService(definition);
}

function queryOf(raw: string): QueryPair[] {
  try {
    return parseQuery(raw);
  } catch {
    throw serializationError('The query has a broken percent-encoding');
  }
}

/** Throws when an operation has neither a handler nor an entry in `notImplemented`, or the other way round. */
function checkCoverage(definition: ServiceDefinition, { operations }: ServiceModel): void {
  const { service, handlers, notImplemented: missing } = definition;
  const handled = Object.keys(handlers);
  const named = new Set([...handled, ...missing]);
  const faults = [
    ...[...operations.keys()].filter((name) => !named.has(name)).map((n) => `${n} has no handler`),
    ...[...named].filter((name) => !operations.has(name)).map((n) => `${n} is no operation`),
    ...handled.filter((name) => missing.includes(name)).map((n) => `${n} is handled and not`),
  ];
  if (faults.length > 0) throw new TypeError(`${service}: ${faults.join('; ')}`);
}

function notImplemented(operation: string, service: string): ServiceError {
  return new ServiceError(
    'NotImplementedException',
    501,
    `The operation ${operation} of ${service} is not implemented by this gateway`,
  );
}

/** What AWS answers to a well signed request that is no operation. */
function unknownOperation({ protocol }: Dialect): ServiceError {
  if (protocol === 'json-1.1') {
    return new ServiceError('UnknownOperationException', 400, 'X-Amz-Target names no operation');
  }
  return new ServiceError(
    'AccessDeniedException',
    403,
    'Unable to determine service/operation name to be authorized',
  );
}
