// Which AWS service a request is meant for, by what its signer wrote.
import type { IncomingMessage } from 'node:http';

/** Credential scope of SigV4 (with region) and SigV4A (without), in a header or a query. */
const SCOPE = /^[^/]+\/\d{8}\/(?:[^/]+\/)?([a-z0-9-]{1,64})\/aws4_request/;

/** The signing name (`s3`, `sqs`), else the target's prefix (`Logs_20140328`); `undefined` when neither is there. */
export function serviceName(request: IncomingMessage): string | undefined {
  const { authorization = '' } = request.headers;
  const [, written = ''] = authorization.split('Credential=', 2);
  const target = request.headers['x-amz-target'];
  const name = SCOPE.exec(written)?.[1] ?? SCOPE.exec(queried(request.url ?? ''))?.[1];
  return name ?? (typeof target === 'string' ? /^[\w-]{1,64}(?=\.)/.exec(target)?.[0] : undefined);
}

function queried(url: string): string {
  const query = url.indexOf('?');
  if (query < 0 || !url.includes('X-Amz-Credential=', query)) return '';
  return new URLSearchParams(url.slice(query + 1)).get('X-Amz-Credential') ?? '';
}
