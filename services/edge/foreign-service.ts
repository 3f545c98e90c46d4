// The refusal of calls for AWS services that are no part of Postern, in the words that the caller's protocol understands.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const CODE = 'NotImplementedException';
/** 501, since SDKs would retry 500 and 502–504. */
const STATUS = 501;

/** Answers 501 with the name of `service`, which has only letters, digits, `_` and `-`. */
export function refuseForeign(
  request: IncomingMessage,
  response: ServerResponse,
  service: string,
): void {
  const message = `The service ${service} is no part of Postern.`;
  const { type, body } = envelope(request, service, message);
  response
    .writeHead(STATUS, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': CODE,
    })
    .end(body);
}

/**
 * The error shapes of the AWS protocols: S3's XML, that of the query protocol (a form in the request), else JSON, where
 * the JSON protocols look for the code in `__type` and REST-JSON in the header.
 */
function envelope(request: IncomingMessage, service: string, message: string) {
  const error = `<Code>${CODE}</Code><Message>${message}</Message>`;
  if (service === 's3') return xml(`<Error>${error}</Error>`);
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  if (form === true) {
    return xml(`<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`);
  }
  return { type: 'application/json', body: JSON.stringify({ __type: CODE, message }) };
}

function xml(text: string) {
  return { type: 'text/xml', body: `<?xml version="1.0" encoding="UTF-8"?>\n${text}` };
}
