// Order of start and stop, and failures in both.
import { expect, test } from 'vitest';
import type { Service } from '#shared/model/services.ts';
import { Lifecycle } from '#shared/runtime/lifecycle.ts';
import { silentLogger } from '#shared/runtime/logger.ts';

function recorder(seen: string[], fail: Readonly<Record<string, 'start' | 'stop'>> = {}) {
  return (name: string): Service => ({
    name,
    start: async () => {
      seen.push(`+${name}`);
      if (fail[name] === 'start') throw new Error(`${name} failed`);
    },
    stop: async () => {
      seen.push(`-${name}`);
      if (fail[name] === 'stop') throw new Error(`${name} hangs`);
    },
  });
}

test('stops in reverse, once', async () => {
  const seen: string[] = [];
  const service = recorder(seen);
  const life = new Lifecycle(silentLogger);
  for (const name of ['a', 'b']) await life.start(service(name));
  await Promise.all([life.stop('x'), life.stop('x')]);
  expect(seen).toEqual(['+a', '+b', '-b', '-a']);
  await expect(life.start(service('c'))).rejects.toThrow('c: the node is stopping');
});

test('a service that failed to start is stopped too', async () => {
  const seen: string[] = [];
  const service = recorder(seen, { b: 'start' });
  const life = new Lifecycle(silentLogger);
  await life.start(service('a'));
  await expect(life.start(service('b'))).rejects.toThrow('b failed');
  await life.stop('x');
  expect(seen).toEqual(['+a', '+b', '-b', '-a']);
});

test('one that does not stop keeps no other from stopping', async () => {
  const seen: string[] = [];
  const service = recorder(seen, { b: 'stop' });
  const life = new Lifecycle(silentLogger);
  for (const name of ['a', 'b', 'c']) await life.start(service(name));
  await expect(life.stop('x')).rejects.toThrow('b hangs');
  expect(seen.slice(3)).toEqual(['-c', '-b', '-a']);
});
