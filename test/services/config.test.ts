// Configuration: precedence of flags, variables and file, every fault at once, rules over several fields.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, readConfig, type ConfigSources } from '#services/config.ts';

function sources(changes: Partial<ConfigSources> = {}, yaml?: string): ConfigSources {
  const cwd = mkdtempSync(join(tmpdir(), 'postern-config-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  if (yaml !== undefined) writeFileSync(join(cwd, 'postern.yaml'), yaml);
  return { flags: {}, env: {}, cwd, ...changes };
}

/** `field: message` of every fault. */
function faults(given: ConfigSources): string[] {
  try {
    readConfig(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('defaults are those of the contract', () => {
  const given = sources();
  expect(readConfig(given)).toMatchObject({
    port: 8443,
    adminPort: 8444,
    host: '127.0.0.1',
    tls: true,
    data: join(given.cwd, '.postern'),
    caFolder: join(given.cwd, '.postern', 'ca'),
    region: 'us-east-1',
    account: '000000000000',
    limitsProfile: 'aws',
    limits: { frameBytes: 32_768, idleMs: 600_000 },
    redis: undefined,
    dynamodb: undefined,
  });
});

const PAIR = 'certificates:\n  web: {cert: tls/cert.pem, key: tls/key.pem}\n';

/** Sources with files `tls/{cert,key,chain}.pem` beside `postern.yaml`. */
function withPair(changes: Partial<ConfigSources>, yaml?: string): ConfigSources {
  const given = sources(changes, yaml);
  mkdirSync(join(given.cwd, 'tls'));
  for (const name of ['cert', 'key', 'chain']) {
    writeFileSync(join(given.cwd, 'tls', `${name}.pem`), '');
  }
  return given;
}

test('certificates are files by name, of the file or of a variable', () => {
  const file = withPair({}, PAIR);
  const at = (given: ConfigSources, name: string) => join(given.cwd, 'tls', `${name}.pem`);
  expect(readConfig(file).certificates).toEqual({
    web: { cert: at(file, 'cert'), key: at(file, 'key') },
  });
  const POSTERN_CERTIFICATES =
    'a=tls/cert.pem:tls/key.pem,b=tls/cert.pem:tls/key.pem:tls/chain.pem';
  const variable = withPair({ env: { POSTERN_CERTIFICATES } });
  const pair = { cert: at(variable, 'cert'), key: at(variable, 'key') };
  expect(readConfig(variable).certificates).toEqual({
    a: pair,
    b: { ...pair, chain: at(variable, 'chain') },
  });
});

test.each([
  ['certificates: {web: {cert: tls/cert.pem}}', /^certificates: must have cert and key/],
  ['certificates: {web: tls/cert.pem}', /^certificates: must have cert and key/],
  ['certificates: {web: "a:b:c:d"}', /^certificates: must be cert:key or cert:key:chain/],
  ['certificates: {web: {cert: a, key: b, pem: c}}', /^certificates: has no pem, only cert, key/],
  ['certificates: [web]', /^certificates: /],
  [PAIR.replace('key.pem', 'no.pem'), /^certificates.web: there is no file .*tls\/no\.pem$/],
])('%s is refused', (yaml, message) => {
  expect(faults(withPair({}, yaml))).toEqual([expect.stringMatching(message)]);
});

test('a flag beats a variable, a variable beats the file', () => {
  const yaml = 'port: 1\nadminPort: 2\nregion: eu-west-1\n';
  const env = { POSTERN_PORT: '3', POSTERN_REGION: 'eu-west-2' };
  expect(readConfig(sources({ env, flags: { port: '4' } }, yaml))).toMatchObject({
    port: 4,
    adminPort: 2,
    region: 'eu-west-2',
  });
});

test('the names that other tools use are read too', () => {
  const env = {
    DYNAMODB_ENDPOINT: 'http://localhost:8000/',
    REDIS_URL: 'redis://localhost:6379',
    AWS_ENDPOINT_URL_SQS: 'http://localhost:9324',
    AWS_ENDPOINT_URL: 'http://localhost:4566',
  };
  expect(readConfig(sources({ env }))).toMatchObject({
    dynamodb: 'http://localhost:8000',
    redis: 'redis://localhost:6379',
    endpoints: { sqs: 'http://localhost:9324', '*': 'http://localhost:4566' },
  });
});

test('paths of the file are relative to the file', () => {
  const given = sources({}, 'data: store\n');
  expect(readConfig({ ...given, file: 'postern.yaml' }).data).toBe(join(given.cwd, 'store'));
});

test('files of access logs by the names of their destinations', () => {
  const given = sources({ env: { POSTERN_ACCESS_LOGS: 'chat=logs/chat.log,duel=/var/duel.log' } });
  expect(readConfig(given).accessLogs).toEqual({
    chat: join(given.cwd, 'logs/chat.log'),
    duel: '/var/duel.log',
  });
});

test('a limit can be set by name over a profile', () => {
  const { limits, limitsProfile } = readConfig(sources({}, 'limits: {profile: open, idleMs: 5}\n'));
  const lifted = readConfig(sources({}, 'limits: {profile: aws, idleMs: .inf}\n')).limits;
  expect([lifted.idleMs, lifted.frameBytes]).toEqual([Infinity, 32_768]);
  expect(limitsProfile).toBe('open');
  expect(limits.idleMs).toBe(5);
  expect(limits.frameBytes).toBe(16_777_216);
});

test('every fault is told at once with its field', () => {
  const given = sources(
    { flags: { port: '99999', account: '1' }, env: { POSTERN_REDIS: 'http://x' } },
    'colour: red\nlimits: {idleMs: none, speed: 3}\n',
  );
  expect(faults(given)).toEqual([
    '--port: must be a whole number from 0 to 65535, not "99999"',
    'POSTERN_REDIS: must be a URL with redis:// or rediss://, not "http://x"',
    '--account: must be 12 digits, not "1"',
    'limits.idleMs: must be a number above 0',
    'limits.speed: is no limit',
    'colour: is no setting',
  ]);
});

test('VPC links are origins by id, of the file and of a variable', () => {
  const yaml = 'vpcLinks:\n  a1: https://10.0.0.7:8080/\n';
  expect(readConfig(sources({}, yaml)).vpcLinks).toEqual({ a1: 'https://10.0.0.7:8080' });
  const env = { POSTERN_VPC_LINKS: 'b=http://b:80,c=http://c:81' };
  expect(readConfig(sources({ env })).vpcLinks).toEqual({ b: 'http://b', c: 'http://c:81' });
});

describe('rules over several fields', () => {
  test.each<[string, Partial<ConfigSources>, RegExp]>([
    ['open on a public address', { flags: { host: '0.0.0.0' } }, /^host: .*needs credentials/],
    ['open admin', { flags: { adminHost: '10.0.0.1' } }, /^adminHost: .*needs credentials/],
    [
      'test mode for everybody',
      { flags: { test: true, adminHost: '0.0.0.0' }, env: { POSTERN_CREDENTIALS: '/dev/null' } },
      /^test: anybody may reset/,
    ],
    ['the same port twice', { flags: { port: '9', adminPort: '9' } }, /^adminPort: /],
    ['no such template', { flags: { template: 'no.yaml' } }, /^template: there is no file/],
    ['watch without template', { flags: { watch: true } }, /^watch: needs a template/],
    ['no such credentials', { flags: { credentials: 'x' } }, /^credentials: there is no file/],
    ['no such page', { env: { POSTERN_PAGES: 'chat=nowhere' } }, /^pages.chat: there is no folder/],
    [
      'no such bucket folder',
      { env: { POSTERN_BUCKETS: 'trust=nowhere' } },
      /^buckets.trust: there is no folder/,
    ],
    [
      'a VPC link with a path',
      { env: { POSTERN_VPC_LINKS: 'a=http://b/c' } },
      /must end after host/,
    ],
    ['a page name with a slash', { env: { POSTERN_PAGES: '../x=.' } }, /^pages.\.\.\/x: a name/],
  ])('%s', (_, changes, message) => {
    expect(faults(sources(changes)).join('\n')).toMatch(message);
  });

  test('files that are not there are told with every other fault', () => {
    const flags = { template: 'no.yaml', port: 'x', region: 'nowhere!' };
    const told = faults(sources({ flags, env: { POSTERN_PAGES: 'chat=nowhere' } }));
    expect(told.map((fault) => fault.split(':')[0]).sort()).toEqual([
      ...['--port', '--region', 'pages.chat', 'template'],
    ]);
  });

  test('a file that is no YAML map', () => {
    expect(faults(sources({}, '- a\n'))[0]).toContain('must be a map');
    expect(faults(sources({}, 'a: [\n'))[0]).toContain('postern.yaml');
  });

  test('a given file must be there', () => {
    expect(faults(sources({ file: 'other.yaml' }))[0]).toContain('other.yaml');
  });
});
