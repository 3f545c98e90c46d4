// Starts the servers under test on core 0 and waits until they answer.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Subject } from './scenarios.ts';

/** Cores: the server has one for itself, the generator the other. */
export const SERVER_CORE = '0';
export const GENERATOR_CORE = '1';

/** A running server; `stop` ends it and removes what it wrote. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const ACCESS_KEY = 'AKIDBENCH00000000000';
const SECRET_KEY = 'bench-secret-key';
const ROOT = join(import.meta.dirname, '..');

/** How to start a server. */
export interface StartOptions {
  readonly tls: boolean;
  /** Folder for CPU profiles of the gateway. */
  readonly profile?: string;
}

/** The bare `ws` server of bench/servers/ws.ts. */
export async function startReference({ tls }: StartOptions): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  if (tls) makeCertificate(folder);
  const script = join(import.meta.dirname, 'servers/ws.ts');
  const child = launch([script, ...(tls ? [folder] : [])], {});
  const { port } = (await firstLine(child)) as { port: number };
  return running(child, port, () => rmSync(folder, { recursive: true }));
}

/** `key.pem` and `cert.pem` in `folder`, on P-256 as the gateway's own. */
function makeCertificate(folder: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-days', '2'];
  const { status } = spawnSync('openssl', ['req', '-x509', ...curve, ...name, ...files]);
  if (status !== 0) throw new Error(`openssl ended with ${status}`);
}

/** AWS's rates are counted as always, but none of the scenarios is to meet them. */
const CONFIG = `limits:
  requestsPerSecond: 1000000000
  requestBurst: 1000000000
  connectionsPerSecond: 1000000
  connectionBurst: 1000000
`;

/** A node with bench/apps/template.yaml, with signatures checked. */
export async function startGateway({ tls, profile }: StartOptions): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const credentials = join(folder, 'credentials');
  writeFileSync(
    credentials,
    `[bench]\naws_access_key_id = ${ACCESS_KEY}\naws_secret_access_key = ${SECRET_KEY}\n`,
  );
  const config = join(folder, 'postern.yaml');
  writeFileSync(config, CONFIG);
  const args = ['start', join(import.meta.dirname, 'apps/template.yaml'), '--json'];
  const flags = [
    '--port',
    '0',
    '--admin-port',
    '0',
    ...(tls ? [] : ['--tls', 'off']),
    '--data',
    join(folder, 'data'),
  ];
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const child = launch([...profiling, join(ROOT, 'services/postern.mjs'), ...args, ...flags], {
    POSTERN_CONFIG: config,
    POSTERN_CREDENTIALS: credentials,
    POSTERN_EVENTS_PER_ENVIRONMENT: '1000',
    POSTERN_LOG_LEVEL: 'warn',
  });
  const { gateway } = (await firstLine(child)) as { gateway: string };
  return running(child, Number(new URL(gateway).port), () => rmSync(folder, { recursive: true }));
}

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

async function signedPost(port: number, path: string, body: Buffer): Promise<Buffer> {
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    port,
    path,
    query: {},
    headers: { host: `localhost:${port}` },
    body,
  });
  return rawPost(port, path, headers, body);
}

/** SHA-256 in the shape that the signer wants. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', asKey(secret));
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error('the bench does not reuse hashes');
  }
}

function asKey(secret: string | ArrayBuffer | ArrayBufferView): Buffer | string {
  if (typeof secret === 'string') return secret;
  return ArrayBuffer.isView(secret)
    ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    : Buffer.from(secret);
}

function rawPost(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Buffer {
  const all: Record<string, string> = {
    host: `localhost:${port}`,
    ...headers,
    'content-length': String(body.length),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn('taskset', ['-c', SERVER_CORE, process.execPath, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    if (child.stdout === null) return;
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
}

function running(child: ChildProcess, port: number, clean?: () => void): Server {
  return {
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      clean?.();
    },
  };
}
