// Pushes to many connections at once, each message by a signed POST to @connections on kept connections.
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

const AT_ONCE = 64;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const {
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_SESSION_TOKEN: token,
} = process.env;
const sha = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** `{ "url": base, "ids": [...], "times": n }`: every connection gets n messages, one behind the other. */
export const handler = async (event) => {
  const { url, ids, times } = JSON.parse(event.body);
  const base = new URL(url);
  const posts = ids.flatMap((connection) =>
    Array.from({ length: times }, () => post(base, connection)),
  );
  const statuses = await Promise.all(posts);
  const refused = statuses.filter((status) => status !== 200);
  if (refused.length > 0) throw new Error(`${refused.length} pushes were answered ${refused[0]}`);
  return { statusCode: 200 };
};

function post(base, connection) {
  const body = JSON.stringify({ action: 'push', data: 'x'.repeat(88) });
  const path = `${base.pathname}/@connections/${encodeURIComponent(connection)}`;
  const headers = { ...signed(base.host, path, body), 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', host: base.hostname, port: base.port, path, headers };
    const sent = request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function signed(host, path, body) {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/us-east-1/execute-api/aws4_request`;
  const headers = { host, 'x-amz-date': time, 'x-amz-security-token': token };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const uri = path.split('/').map(encodeURIComponent).join('/');
  const canonical = `POST\n${uri}\n\n${lines.join('')}\n${names}\n${sha(body)}`;
  const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha(canonical)}`;
  const signature = hmac(key, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}
