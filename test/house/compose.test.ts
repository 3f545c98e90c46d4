// The compose file and the Dockerfile agree with the program: commands, ports, variables, health check.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '#services/config.ts';

const root = new URL('../../', import.meta.url).pathname;

interface Compose {
  readonly services: Record<
    string,
    {
      command: string[];
      environment: Record<string, string>;
      ports: string[];
      healthcheck: { test: string[] };
      volumes: string[];
      depends_on: string[];
    }
  >;
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as Compose;
const postern = compose.services['postern'];

test('the command is the program and its variables are settings it takes', () => {
  expect(postern?.command[0]).toBe('node');
  expect(existsSync(join(root, postern?.command[1] ?? ''))).toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'postern-compose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const credentials = join(folder, 'credentials');
  writeFileSync(credentials, '');
  const env = { ...postern?.environment, POSTERN_CREDENTIALS: credentials };
  const config = readConfig({ flags: { json: true }, env, cwd: tmpdir() });
  expect(config).toMatchObject({
    host: '0.0.0.0',
    dynamodb: 'http://dynamodb:8000',
    redis: 'redis://redis:6379',
    publicUrl: 'https://localhost:8443',
  });
  expect(postern?.volumes).toEqual([`postern:${config.data}`]);
  expect(postern?.ports).toEqual([
    `${config.port}:${config.port}`,
    `127.0.0.1:${config.adminPort}:${config.adminPort}`,
  ]);
  const health = postern?.healthcheck.test.join(' ') ?? '';
  expect(health).toContain(`https://localhost:${config.adminPort}/readyz`);
  expect(health).toContain(`NODE_EXTRA_CA_CERTS=${config.caFolder}/ca.pem`);
});

test('every service that is named exists', () => {
  for (const name of postern?.depends_on ?? []) expect(compose.services).toHaveProperty(name);
});

test('the Dockerfile copies what the program needs and runs Node directly', () => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
  expect(text).toContain('CMD ["node", "services/postern.mjs", "start", "--json"]');
  for (const [, from] of text.matchAll(/^COPY (\S+) (?:\S+)$/gm)) {
    expect(existsSync(join(root, from ?? ''))).toBe(true);
  }
});
