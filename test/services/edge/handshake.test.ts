// TLS handshakes with real clients: Node, OpenSSL's strict checks, curl and Python accept the CA's leaves by every name.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, WS } from '../../support/edge-gateway.ts';
import type { RunningGateway } from '../../support/edge-gateway.ts';
import { tls } from '../../support/raw-client.ts';

const run = promisify(execFile);
const NAMES = [
  'localhost',
  'ws1.execute-api.us-east-1.localhost',
  'ws1.execute-api.ap-southeast-2.amazonaws.com',
  'chat.localhost',
];
let running: RunningGateway;
let folder: string;
let caFile: string;

beforeAll(async () => {
  running = await startGateway();
  folder = await mkdtemp(join(tmpdir(), 'postern-handshake-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, running.authority.cert);
});

afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Whether `tool` can be run here. What is missing is named in the test's title. */
function present(tool: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(tool, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.each(NAMES)('%s', (servername) => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('is accepted by Node with %s', async (version) => {
    const { cert: ca } = running.authority;
    const versions = { minVersion: version, maxVersion: version };
    const socket = await tls(running.gateway.port, { ca, servername, ...versions });
    expect(socket.authorized).toBe(true);
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  test.skipIf(!present('openssl', 'version'))('is accepted by openssl -x509_strict', async () => {
    const child = run('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${running.gateway.port}`, '-CAfile', caFile],
      ...['-servername', servername, '-verify_hostname', servername],
      ...['-x509_strict', '-verify_return_error', '-brief'],
    ]);
    child.child.stdin?.end();
    const { stdout, stderr } = await child;
    expect(stdout + stderr).toMatch(/Verification: OK/);
  });

  test.skipIf(!present('curl', '--version'))('is accepted by curl --cacert', async () => {
    const { port } = running.gateway;
    const path = servername.startsWith('ws1.') ? '/prod/x' : `${WS}/x`;
    const { stdout } = await run('curl', [
      ...['-sS', '--cacert', caFile, '--resolve', `${servername}:${port}:127.0.0.1`],
      `https://${servername}:${port}${path}`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ path: '/x' });
  });
});

test.skipIf(!present('python3', '--version'))('every name passes Python, strictly', async () => {
  const script = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in sys.argv[3:]:
    with socket.create_connection(('127.0.0.1', int(sys.argv[2]))) as plain:
        with context.wrap_socket(plain, server_hostname=name) as secure:
            print(secure.version())
`;
  const args = ['-c', script, caFile, String(running.gateway.port), ...NAMES];
  expect((await run('python3', args)).stdout).toBe('TLSv1.3\n'.repeat(NAMES.length));
});

test.each(['127.0.0.1', '::1'])('the address %s is on the default leaf', async (host) => {
  const { cert: ca } = running.authority;
  const socket = await tls(running.gateway.port, {
    ca,
    servername: '',
    checkServerIdentity: () => undefined,
  });
  expect(socket.getPeerX509Certificate()?.checkIP(host)).toBeDefined();
  socket.destroy();
});

test('an unknown server name gets the default leaf', async () => {
  const options = { servername: 'unknown.example.com', rejectUnauthorized: false };
  const socket = await tls(running.gateway.port, options);
  expect(socket.getPeerX509Certificate()?.subject).toBe('CN=localhost');
  socket.destroy();
});

test('a wildcard does not reach over regions', async () => {
  const { cert: ca } = running.authority;
  const servername = 'ws1.execute-api.us-east-1.localhost';
  const socket = await tls(running.gateway.port, { ca, servername });
  const certificate = socket.getPeerX509Certificate();
  expect(certificate?.checkHost('ws1.execute-api.us-west-2.localhost')).toBeUndefined();
  socket.destroy();
});

test('TLS 1.1 is refused', async () => {
  const { cert: ca } = running.authority;
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
  const handshake = tls(running.gateway.port, { ca, servername: 'localhost', ...old });
  await expect(handshake).rejects.toThrow();
});

test.skipIf(!present('curl', '--version'))(
  'curl http:// on the TLS port reads the hint',
  async () => {
    const { port } = running.gateway;
    const body = 'x'.repeat(200_000);
    const args = ['-sS', '-w', '%{http_code}', '--data-binary', '@-', `http://localhost:${port}/`];
    const child = run('curl', args);
    child.child.stdin?.end(body);
    expect((await child).stdout).toMatch(/HTTPS only: use https:\/\/localhost:\d+ .*\n400$/s);
  },
);
