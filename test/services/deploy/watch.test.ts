// Watching a template: one deployment per burst of changes, never two at once, and errors do not end it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TemplateWatcher } from '#services/deploy/watch.ts';
import type { WatchPath } from '#services/deploy/watch.ts';
import { systemClock, TestClock } from '#shared/runtime/clock.ts';

/** A watcher over a file system of the test's own. */
function setUp(deploy: () => Promise<readonly string[]>) {
  const clock = new TestClock(0);
  const changed = new Map<string, (name: string) => void>();
  const failed = new Map<string, (error: unknown) => void>();
  const reports: unknown[] = [];
  const watch: WatchPath = async (path, onChange, onFailure) => {
    changed.set(path, onChange);
    failed.set(path, onFailure);
    return { close: () => void changed.delete(path) };
  };
  const report = (error: unknown): void => void reports.push(error);
  const watcher = new TemplateWatcher({
    templatePath: '/app/t.yaml',
    deploy,
    report,
    clock,
    watch,
  });
  const settle = async (): Promise<void> => {
    clock.advance(60);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, changed, failed, reports, watcher, settle };
}

test('a burst of changes is one deployment, and other files of the folder are none', async () => {
  let count = 0;
  const { changed, watcher, settle } = setUp(async () => [`/app/src${++count}`]);
  await watcher.start(['/app/src0']);
  changed.get('/app')?.('notes.txt');
  await settle();
  expect(count).toBe(0);
  changed.get('/app')?.('t.yaml');
  changed.get('/app/src0')?.('a.mjs');
  changed.get('/app/src0')?.('b.mjs');
  await settle();
  expect(count).toBe(1);
  expect([...changed.keys()]).toEqual(['/app', '/app/src1']);
});

test("a node's own data in the code folder is not code", async () => {
  let count = 0;
  const { changed, watcher, settle } = setUp(async () => [`${++count}`]);
  await watcher.start(['/app']);
  changed.get('/app')?.('.postern/db/1.log');
  await settle();
  expect(count).toBe(0);
});

test('what changes during a deployment makes another one after it', async () => {
  let count = 0;
  const gate = Promise.withResolvers<readonly string[]>();
  const { changed, watcher, settle } = setUp(() => {
    count++;
    return gate.promise;
  });
  await watcher.start([]);
  changed.get('/app')?.('t.yaml');
  await settle();
  changed.get('/app')?.('t.yaml');
  await settle();
  expect(count).toBe(1);
  gate.resolve([]);
  await settle();
  await settle();
  expect(count).toBe(2);
});

test('a failed deployment is reported and the next change deploys again', async () => {
  let count = 0;
  const { changed, reports, watcher, settle } = setUp(async () => {
    if (++count === 1) throw new Error('bad template');
    return [];
  });
  await watcher.start(['/app/src']);
  changed.get('/app')?.('t.yaml');
  await settle();
  expect(reports).toEqual([new Error('bad template')]);
  changed.get('/app/src')?.('a.mjs');
  await settle();
  expect(count).toBe(2);
});

test('a path that can be watched no longer is reported and tried again', async () => {
  const { changed, failed, clock, reports, watcher } = setUp(async () => []);
  await watcher.start(['/app/src']);
  failed.get('/app/src')?.(new Error('gone'));
  expect(reports).toEqual([new Error('gone')]);
  expect(changed.has('/app/src')).toBe(false);
  clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(changed.has('/app/src')).toBe(true);
});

test('the file system tells changes of templates and of nested code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-watch-'));
  mkdirSync(join(folder, 'src/lib'), { recursive: true });
  const templatePath = join(folder, 't.yaml');
  writeFileSync(templatePath, '');
  let deployed = Promise.withResolvers<void>();
  const watcher = new TemplateWatcher({
    templatePath,
    clock: systemClock,
    report: (error) => deployed.reject(error),
    deploy: async () => {
      deployed.resolve();
      return [join(folder, 'src')];
    },
  });
  await watcher.start([join(folder, 'src')]);
  for (const name of ['t.yaml', 'src/lib/a.mjs', 'src/app.mjs']) {
    deployed = Promise.withResolvers();
    writeFileSync(join(folder, name), name);
    await deployed.promise;
  }
  await watcher.close();
  rmSync(folder, { recursive: true });
});

test('code whose folder a build removes and makes again is watched on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-watch-'));
  const code = join(folder, 'dist/src');
  mkdirSync(code, { recursive: true });
  let deployed = Promise.withResolvers<void>();
  const deploy = async (): Promise<readonly string[]> => {
    deployed.resolve();
    return [code];
  };
  const templatePath = join(folder, 't.yaml');
  const watcher = new TemplateWatcher({
    templatePath,
    clock: systemClock,
    report: () => {},
    deploy,
  });
  await watcher.start([code]);
  const next = (): Promise<void> => (deployed = Promise.withResolvers()).promise;
  const gone = next();
  rmSync(join(folder, 'dist'), { recursive: true });
  await gone;
  const back = next();
  mkdirSync(code, { recursive: true });
  await back;
  const changed = next();
  writeFileSync(join(code, 'app.mjs'), '');
  await changed;
  await watcher.close();
  rmSync(folder, { recursive: true });
});
