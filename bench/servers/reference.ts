// Starts the bare `ws` server of ws.ts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstLine, launch, running, type Server } from './running.ts';

/** How to start it. */
export interface ReferenceOptions {
  /** Speak TLS 1.3 with a certificate on P-256, made by `openssl`. */
  readonly tls?: boolean;
}

/** Resolves when it listens; rejects when `ws` unmasks without bufferutil's native code there. */
export async function startReference({ tls = false }: ReferenceOptions = {}): Promise<Server> {
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  if (tls) makeCertificate(folder);
  const script = join(import.meta.dirname, 'ws.ts');
  const child = launch([script, ...(tls ? [folder] : [])]);
  const line = JSON.parse(await firstLine(child)) as { port: number; bufferutil: boolean };
  const clean = (): void => rmSync(folder, { recursive: true });
  const server = running(child, { port: line.port }, { since, clean });
  if (line.bufferutil) return server;
  await server.stop();
  throw new Error('the reference runs without bufferutil: npm ci with optional dependencies');
}

/** `key.pem` and `cert.pem` in `folder`, on P-256 as the gateway's own. */
function makeCertificate(folder: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-days', '2'];
  const { status } = spawnSync('openssl', ['req', '-x509', ...curve, ...name, ...files]);
  if (status !== 0) throw new Error(`openssl ended with ${status}`);
}
