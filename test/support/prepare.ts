// Finds or installs what the tests need beside npm packages: Debian's Chromium, the AWS CLI and a Redis server.
import { spawnSync } from 'node:child_process';

/** Program to look for, and the Debian package that brings it. */
const NEEDED = [
  { program: 'chromium', debian: 'chromium' },
  { program: 'aws', debian: 'awscli' },
  { program: 'redis-server', debian: 'redis-server' },
] as const;

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function aptGet(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-y', '-q', ...args], { stdio: 'inherit', env }).status === 0;
}

const missing = NEEDED.filter(({ program }) => !has(program));
if (missing.length > 0) {
  const packages = missing.map(({ debian }) => debian);
  console.log(`installing ${packages.join(', ')} for the tests`);
  aptGet('update');
  if (!aptGet('install', '--no-install-recommends', ...packages)) {
    console.error(`install ${packages.join(', ')} by hand, then run the tests again`);
    process.exitCode = 1;
  }
}
