// Where access lines go: files by ARN, log group or delivery stream, everything else to the output.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AccessLogs } from '#services/access-logs.ts';
import type { AccessLine } from '#shared/model/observation.ts';
import { Logger, silentLogger, type LogLine } from '#shared/runtime/logger.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-access-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (destinationArn: string, message: string): AccessLine => ({
  ...{ apiId: 'a', stage: 's', requestId: 'r', destinationArn, message },
});

test('files are found by ARN, log group and delivery stream, and appended to', async () => {
  const path = join(folder, 'deep', 'access.log');
  const rest: string[] = [];
  const files = { chat: path, stream: path, 'arn:aws:logs:r:1:log-group:whole:*': path };
  const open = () =>
    new AccessLogs({ files, output: ({ message }) => rest.push(message), logger: silentLogger });
  const first = open();
  first.write(line('arn:aws:logs:r:1:log-group:chat', 'one'));
  first.write(line('arn:aws:logs:r:1:log-group:chat:*', 'two'));
  first.write(line('arn:aws:logs:r:1:log-group:whole:*', 'three'));
  first.write(line('arn:aws:logs:r:1:log-group:other', 'else'));
  first.write(line('', 'nowhere'));
  await first.stop();
  const second = open();
  second.write(line('arn:aws:firehose:r:1:deliverystream/stream', 'four'));
  await second.stop();
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\nfour\n');
  expect(rest).toEqual(['else', 'nowhere']);
});

test('a file that cannot be written is told once, and nobody is hurt', async () => {
  const logs: LogLine[] = [];
  const logger = new Logger((entry) => logs.push(entry), 'access');
  const accessLogs = new AccessLogs({ files: { chat: folder }, output: () => undefined, logger });
  for (let n = 0; n < 3; n++) accessLogs.write(line('arn:aws:logs:r:1:log-group:chat', 'lost'));
  await expect.poll(() => logs.length).toBe(1);
  accessLogs.write(line('arn:aws:logs:r:1:log-group:chat', 'lost'));
  await accessLogs.stop();
  expect(logs).toHaveLength(1);
  expect(logs[0]).toMatchObject({ level: 'error', fields: { path: folder } });
});
