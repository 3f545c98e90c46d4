// Signatures of an api's own clients: SigV4 for `execute-api`, refused with failures of a pipeline.
import type { Authenticate } from '#shared/model/authorizer.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { ServiceError } from './service-error.ts';
import type { SigV4Verifier } from './sigv4.ts';

/** The signing name of calls to an api. */
export const EXECUTE_API = 'execute-api';

/** How authorizers of type IAM verify clients. */
export function clientSignatures(verifier: SigV4Verifier): Authenticate {
  return (request, region) => {
    try {
      return verifier.verify(request, EXECUTE_API, region).principal;
    } catch (error) {
      throw error instanceof ServiceError ? translated(error) : error;
    }
  };
}

/** Only the first paragraph goes to the log: the canonical request after it may hold the client's tokens. */
function translated({ type, message }: ServiceError): GatewayError {
  const unsigned = type === 'MissingAuthenticationTokenException';
  return new GatewayError(
    unsigned ? 'MISSING_AUTHENTICATION_TOKEN' : 'INVALID_SIGNATURE',
    `${type}: ${message.split('\n', 1)[0] ?? ''}`,
  );
}
