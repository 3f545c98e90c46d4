// A MESSAGE exchange: one object a message, whose ids and views are made only if somebody reads them.
import { BufferBody, EMPTY_BODY } from '#shared/exchange/body.ts';
import type { Body, GatewayRequest, Phases } from '#shared/model/exchange.ts';
import type { ReplyTarget } from '#shared/model/services.ts';
import type { Params, Route, RoutedExchange, WebSocketStage } from '#shared/model/stage.ts';
import { newRequestId } from '#shared/runtime/ids.ts';

/** Stands for the route of an exchange that has not been routed yet; never handed to an integration. */
const UNROUTED: Route = {
  routeId: '',
  routeKey: '',
  twoWay: false,
  apiKeyRequired: false,
  authorizationType: 'NONE',
  requiredParameters: [],
};

const NO_PARAMS: Params = {};
const NO_HEADERS: readonly string[] = [];

/** One message on its way; `request` is the message itself, which has no headers and no query. */
export class MessageExchange implements RoutedExchange, GatewayRequest {
  readonly event = 'MESSAGE';
  readonly stage: WebSocketStage;
  readonly connection: ReplyTarget;
  readonly receivedAt: number;
  readonly body: Body;
  route: Route = UNROUTED;
  params: Params = NO_PARAMS;
  /** Moment of `performance.now` at which the integration was called; 0 while it was not. */
  integrationBegan = 0;
  /** Milliseconds until it answered; below 0 while it has not. */
  integrationMs = -1;
  /** What the integration answered; 0 while nobody has read it. */
  integrationStatus = 0;
  /** Where phases are noted; absent where nobody reads them. */
  declare phases?: Phases;
  #id: string | undefined;
  #messageId: string | undefined;

  constructor(stage: WebSocketStage, connection: ReplyTarget, data: Buffer, receivedAt: number) {
    this.stage = stage;
    this.connection = connection;
    this.receivedAt = receivedAt;
    this.body = data.length === 0 ? EMPTY_BODY : new BufferBody(data);
  }

  get id(): string {
    return (this.#id ??= newRequestId());
  }

  get messageId(): string {
    return (this.#messageId ??= newRequestId());
  }

  get request(): GatewayRequest {
    return this;
  }

  get method(): string {
    return 'POST';
  }

  get path(): string {
    return '/';
  }

  get query(): string {
    return '';
  }

  get rawHeaders(): readonly string[] {
    return NO_HEADERS;
  }
}
