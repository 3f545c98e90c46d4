// The Lambda API over a function service in memory, on a listener of its own.
import { lambdaFronts } from '#services/lambda/front.ts';
import { openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { AdminFront } from '#shared/model/services.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { listen } from './aws-listener.ts';
import { startLambda, type TestLambda } from './lambda.ts';

/** A served API. */
export interface LambdaApi {
  readonly endpoint: string;
  readonly lambda: TestLambda;
  close(): Promise<void>;
}

/** Serves the Lambda API and its downloads until `close`. */
export async function serveLambda(
  options: Parameters<typeof startLambda>[0] = {},
): Promise<LambdaApi> {
  const lambda = await startLambda(options);
  let endpoint = '';
  const { api, downloads } = lambdaFronts(lambda.service, () => endpoint, {
    verifier: new SigV4Verifier(openCredentials()),
    accountId: lambda.accountId,
    limits: AWS_LIMITS,
    logger: silentLogger,
  });
  await api.load();
  const both: AdminFront = {
    name: 'both',
    claims: (request) => downloads.claims(request) || api.claims(request),
    handle: (request, response) =>
      (downloads.claims(request) ? downloads : api).handle(request, response),
  };
  let closeListener: () => void = () => undefined;
  const listener = await listen(both, (close) => (closeListener = close));
  endpoint = listener.endpoint;
  const close = async (): Promise<void> => {
    closeListener();
    await lambda.close();
  };
  return { endpoint, lambda, close };
}
