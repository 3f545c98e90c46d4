// Amazon's DynamoDB Local, from the npm package that carries its jar: fetched once into a cache of the user, run by Java.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, stop, type Backend } from './backends.ts';

const PACKAGE = 'amplify-dynamodb-simulator';
const VERSION = '2.9.30';
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'postern');
const HOME = join(CACHE, 'dynamodb-local');
const EMULATOR = join(HOME, 'node_modules', PACKAGE, 'emulator');
const JAR = join(EMULATOR, 'DynamoDBLocal.jar');
const START_TRIES = 200;

/** Why DynamoDB Local does not take part in this run; `undefined` when it does. */
export function dynamoDbLocalAbsence(): string | undefined {
  if (process.env['POSTERN_TEST_DYNAMODB_LOCAL'] === '1') return undefined;
  if (!existsSync(JAR)) {
    return `DynamoDB Local (347 MB) is not in ${HOME}; POSTERN_TEST_DYNAMODB_LOCAL=1 fetches it`;
  }
  return hasJava() ? undefined : 'DynamoDB Local is there, but no Java to run it';
}

/** Starts a DynamoDB Local in memory on a free port, fetching it first when it is not there. */
export async function startDynamoDbLocal(): Promise<Backend> {
  fetchPackage();
  if (!hasJava()) throw new Error('DynamoDB Local needs Java: install default-jre-headless');
  const port = await freePort();
  const library = `-Djava.library.path=${join(EMULATOR, 'DynamoDBLocal_lib')}`;
  const args = [library, '-jar', JAR, '-port', String(port), '-inMemory', '-sharedDb'];
  const child = spawn('java', args, { cwd: EMULATOR, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let turn = 0; turn < START_TRIES && child.exitCode === null; turn++) {
    if (await answers(url)) return { url, stop: () => stop(child) };
    await sleep(100);
  }
  await stop(child);
  throw new Error(`DynamoDB Local did not start (exit code ${child.exitCode})`);
}

function fetchPackage(): void {
  if (existsSync(JAR)) return;
  console.log(`fetching ${PACKAGE} ${VERSION} (347 MB) into ${HOME}`);
  mkdirSync(HOME, { recursive: true });
  const args = ['install', '--prefix', HOME, '--no-audit', '--no-fund', '--ignore-scripts'];
  const run = spawnSync('npm', [...args, `${PACKAGE}@${VERSION}`], { stdio: 'inherit', cwd: HOME });
  if (run.status !== 0 || !existsSync(JAR)) throw new Error(`cannot fetch ${PACKAGE}`);
}

function hasJava(): boolean {
  return spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}
