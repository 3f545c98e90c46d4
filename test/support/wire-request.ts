// Requests of an AWS API as plain values, and services whose handlers give back what they got.
import type { AnyHandler, AwsService } from '#shared/aws-api/service.ts';
import { defineService } from '#shared/aws-api/service.ts';
import type { Dialect } from '#shared/aws-api/dialect.ts';
import { readModel } from '#shared/aws-api/operations.ts';
import type { WireRequest, WireResponse } from '#shared/aws-api/wire.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';

/** A request of `line`, such as `POST /v2/apis`; objects are sent as JSON. */
export function wire(
  line: string,
  body: string | Buffer | object = '',
  rawHeaders: readonly string[] = [],
): WireRequest {
  const space = line.indexOf(' ');
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return {
    method: line.slice(0, space),
    url: line.slice(space + 1),
    rawHeaders,
    body: Buffer.isBuffer(raw) ? raw : Buffer.from(raw),
  };
}

/** Context of a test's request. */
export const CONTEXT = {
  region: 'us-east-1',
  accountId: '000000000000',
  principal: { name: 'tester', accessKeyId: 'AKID' },
  requestId: 'r',
};

/** What reached a handler. */
export interface Reached {
  readonly operation: string;
  readonly input: unknown;
}

/** A service of all operations of `sdk`; `reached` has what came to the handlers, which give `output`. */
export function recorder(
  sdk: object,
  dialect: Dialect,
  output: unknown = {},
): { readonly service: AwsService; readonly reached: Reached[] } {
  const reached: Reached[] = [];
  const handlers: Record<string, AnyHandler> = {};
  for (const operation of readModel(sdk).operations.keys()) {
    handlers[operation] = async (input) => {
      reached.push({ operation, input });
      return output;
    };
  }
  const service = defineService({
    service: 'test',
    prefixes: [],
    sdk: async () => sdk,
    handlers,
    notImplemented: [],
    dialect,
  });
  return { service, reached };
}

/** The error that a request ends in; throws when there is an answer instead. */
export async function refusalOf(answer: Promise<WireResponse>): Promise<ServiceError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('the request was answered');
}
