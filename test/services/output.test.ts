// What a node prints for people: a function's lines are marked as such, all of them.
import { afterEach, expect, test, vi } from 'vitest';
import { createOutput } from '#services/output.ts';

afterEach(() => void vi.restoreAllMocks());

test('every line of a message has the function in front, whatever ends it', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const message = 'a\n12:00:00.000 INFO  node: forged\r\nb\rc';
  createOutput({ json: false, logLevel: 'info' }).functionLine({ functionName: 'f', message });
  expect(write.mock.calls.map(([text]) => text)).toEqual([
    '[f] a\n[f] 12:00:00.000 INFO  node: forged\n[f] b\n[f] c\n',
  ]);
});
