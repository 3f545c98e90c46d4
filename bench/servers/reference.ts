// Starts the bare `ws` server of ws.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '#services/edge/ca.ts';
import { firstLine, launch, running, type Server } from './running.ts';

/** How to start it. */
export interface ReferenceOptions {
  /** Speak TLS 1.3 with a certificate on P-256, as the gateway does. */
  readonly tls?: boolean;
}

/** Resolves when it listens; rejects when `ws` unmasks without bufferutil's native code there. */
export async function startReference({ tls = false }: ReferenceOptions = {}): Promise<Server> {
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  if (tls) await makeCertificate(folder);
  const script = join(import.meta.dirname, 'ws.ts');
  const child = launch([script, ...(tls ? [folder] : [])]);
  const line = JSON.parse(await firstLine(child)) as { port: number; bufferutil: boolean };
  const clean = (): void => rmSync(folder, { recursive: true });
  const server = running(child, { port: line.port }, { since, clean });
  if (line.bufferutil) return server;
  await server.stop();
  throw new Error('the reference runs without bufferutil: npm ci with optional dependencies');
}

/** `key.pem` and `cert.pem` in `folder`, of the kind that the gateway makes for itself. */
async function makeCertificate(folder: string): Promise<void> {
  const authority = await openAuthority(folder);
  const { key, cert } = await authority.defaultLeaf(['localhost']);
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'cert.pem'), cert);
}
