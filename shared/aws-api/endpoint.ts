// A front of the admin listener for the AWS services of one signing name: read, verify, hand on, answer.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ControlContext } from '#shared/model/control.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { AdminFront } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { ClientGone, readRequest, sendResponse } from './http.ts';
import { splitPath } from './mux.ts';
import { classify, renderError } from './render-error.ts';
import type { AwsService } from './service.ts';
import { scopeOf } from './signature.ts';
import type { SigV4Verifier } from './sigv4.ts';
import { headerValue, splitUrl, type WireRequest, type WireResponse } from './wire.ts';

/** What an endpoint is made of. */
export interface EndpointOptions {
  readonly name: string;
  /** Service of the credential scopes: `apigateway`, `lambda`. */
  readonly signingName: string;
  /** Chosen by the first segment of the path; the first one also gets the paths that are nobody's. */
  readonly services: readonly [AwsService, ...AwsService[]];
  readonly verifier: SigV4Verifier;
  readonly accountId: string;
  readonly limits: Pick<Limits, 'controlBodyBytes'>;
  readonly logger: Logger;
}

/** Serves AWS services on the admin listener. Every request gets an answer with `x-amzn-RequestId`. */
export class AwsEndpoint implements AdminFront {
  readonly name: string;
  readonly #options: EndpointOptions;
  readonly #logger: Logger;

  constructor(options: EndpointOptions) {
    this.name = options.name;
    this.#options = options;
    this.#logger = options.logger.child(options.name);
  }

  /** Makes the tables of all services that have handlers; rejects when one is incomplete. */
  async load(): Promise<void> {
    await Promise.all(this.#options.services.map((service) => service.load()));
  }

  /** Signed requests by their scope's service, others by their target or the first segment of their path. */
  claims(request: IncomingMessage): boolean {
    const { url = '/', rawHeaders } = request;
    const scope = scopeSafely({ url, rawHeaders });
    if (scope !== undefined) return scope.service === this.#options.signingName;
    const asked = headerValue(rawHeaders, 'x-amz-target') ?? '';
    const [first = ''] = splitPath(splitUrl(url).path);
    return this.#options.services.some(({ prefixes, target }) =>
      target === undefined ? prefixes.has(first) : asked.startsWith(`${target}.`),
    );
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#handle(request, response).catch((error: unknown) => {
      this.#logger.error('an answer could not be sent', { error });
      response.destroy();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const service = this.#serviceOf(request.url ?? '/');
    try {
      const wire = await readRequest(request, this.#options.limits.controlBodyBytes);
      const { remoteAddress } = request.socket;
      const answer = await this.#answer(service, wire, {
        requestId,
        ...(remoteAddress === undefined ? {} : { remoteAddress }),
      });
      sendResponse(response, answer, requestId);
    } catch (thrown) {
      if (thrown instanceof ClientGone) return;
      sendResponse(response, this.#failure(service, thrown, requestId), requestId);
    }
  }

  #answer(
    service: AwsService,
    wire: WireRequest,
    of: Pick<ControlContext, 'requestId' | 'remoteAddress'>,
  ): Promise<WireResponse> {
    const { verifier, signingName, accountId } = this.#options;
    const { principal, region } = verifier.verify(wire, signingName);
    return service.handle(wire, { region, accountId, principal, ...of });
  }

  #failure(service: AwsService, thrown: unknown, requestId: string): WireResponse {
    const { error, unexpected } = classify(thrown, service.dialect);
    if (unexpected) this.#logger.error('operation failed', { requestId, error: thrown });
    return renderError(error, service.model, service.dialect);
  }

  #serviceOf(url: string): AwsService {
    const { services } = this.#options;
    const [first = ''] = splitPath(splitUrl(url).path);
    return services.find(({ prefixes }) => prefixes.has(first)) ?? services[0];
  }
}

function scopeSafely(request: Parameters<typeof scopeOf>[0]): ReturnType<typeof scopeOf> {
  try {
    return scopeOf(request);
  } catch {
    return undefined;
  }
}
