// What a node prints: every line of a function marked as such, access logs as JSON lines or as they are.
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

const LINE = {
  ...{ apiId: 'abcdefghij', stage: 'live', requestId: 'r1' },
  ...{ destinationArn: 'arn:aws:logs:us-east-1:1:log-group:chat', message: 'CONNECT "200"' },
};
const READY = {
  ...{ gateway: 'https://localhost:1', admin: 'https://localhost:2', ca: '/ca.pem' },
  ...{ region: 'us-east-1', account: '000000000000', stacks: [] },
};

/** What is written to `stream` while `run` runs. */
function written(stream: NodeJS.WriteStream, run: () => void): string {
  const texts: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  run();
  spy.mockRestore();
  return texts.join('');
}

test('with --json an access line is an event of its own, never before the ready line', () => {
  const output = createOutput({ json: true, logLevel: 'info' });
  const text = written(process.stdout, () => {
    output.accessLine(LINE);
    output.ready(READY, []);
    output.accessLine({ ...LINE, requestId: 'r2' });
  });
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ event }) => event)).toEqual(['ready', 'access', 'access']);
  expect(lines[1]).toMatchObject({ ...LINE, event: 'access' });
});

test('with --json warnings before the ready line are told on standard error, and only they', () => {
  const output = createOutput({ json: true, logLevel: 'info' });
  const told = written(process.stderr, () => {
    output.logger.info('starting');
    output.logger.warn('the store is not there yet');
  });
  expect(told.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(told)).toMatchObject({ level: 'warn', message: 'the store is not there yet' });
  const out = written(process.stdout, () => output.ready(READY, []));
  expect(out.match(/"event":"\w+"/g)).toEqual([
    '"event":"ready"',
    '"event":"log"',
    '"event":"log"',
  ]);
  expect(written(process.stderr, () => output.logger.warn('later'))).toBe('');
});

test('without it the formatted line stands alone on standard error', () => {
  const output = createOutput({ json: false, logLevel: 'info' });
  expect(written(process.stderr, () => output.accessLine(LINE))).toBe('CONNECT "200"\n');
  expect(written(process.stdout, () => output.accessLine(LINE))).toBe('');
});
