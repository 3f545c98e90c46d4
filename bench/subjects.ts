// Servers as scenarios see them: where sockets connect, how pushes are sent, how records are counted.
import { rawPost, signedPost } from './push-request.ts';
import { countRecords } from './records.ts';
import type { Subject } from './scenarios/subject.ts';
import type { Place } from './servers/running.ts';

/** The reference. */
export function referenceSubject(place: Place, tls: boolean): Subject {
  const { port, pids } = place;
  return {
    target: { host: '127.0.0.1', port, path: '/', tls },
    pids,
    pushPort: port,
    pushRequest: (id, body) => Promise.resolve(rawPost(port, `/${id}`, {}, body)),
  };
}

/** One api of a gateway; pushes are really signed, once per connection. */
export function gatewaySubject(place: Place, tls: boolean, apiId: string): Subject {
  const { port, pids, pushPort = port, admin, ca } = place;
  const path = `/_aws/execute-api/${apiId}/bench`;
  return {
    target: { host: '127.0.0.1', port, path, tls },
    pids,
    pushPort,
    pushRequest: (id, body) =>
      signedPost(pushPort, `${path}/@connections/${encodeURIComponent(id)}`, body),
    ...(admin !== undefined && ca !== undefined && { records: () => countRecords(admin, ca) }),
  };
}

/** serverless-offline: one api at the root, pushes are not signed. */
export function offlineSubject(place: Place): Subject {
  const { port, pids } = place;
  return {
    target: { host: '127.0.0.1', port, path: '/', tls: false },
    pids,
    pushPort: port,
    pushRequest: (id, body) =>
      Promise.resolve(rawPost(port, `/@connections/${encodeURIComponent(id)}`, {}, body)),
  };
}
