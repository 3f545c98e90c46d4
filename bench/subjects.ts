// Servers as scenarios see them: where sockets connect and how pushes are sent.
import { rawPost, signedPost } from './push-request.ts';
import type { Subject } from './scenarios/subject.ts';

/** Where a server under test is. */
interface Place {
  readonly port: number;
  readonly pid: number;
  readonly tls: boolean;
}

/** The reference as a scenario's subject. */
export function referenceSubject({ port, pid, tls }: Place): Subject {
  return {
    target: { host: '127.0.0.1', port, path: '/', tls },
    pid,
    pushRequest: (id, body) => Promise.resolve(rawPost(port, `/${id}`, {}, body)),
  };
}

/** One api of the gateway as a scenario's subject; pushes are really signed, once per connection. */
export function gatewaySubject({ port, pid, tls }: Place, apiId: string): Subject {
  const path = `/_aws/execute-api/${apiId}/bench`;
  return {
    target: { host: '127.0.0.1', port, path, tls },
    pid,
    pushRequest: (id, body) =>
      signedPost(port, `${path}/@connections/${encodeURIComponent(id)}`, body),
  };
}
