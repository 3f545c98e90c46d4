// Live lines over HTTP: only for those who sign, only the kinds asked for, and a slow watcher loses lines, not the node.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LineFeed } from '#services/tail/line-feed.ts';
import { TailFront, type TailFrontOptions } from '#services/tail/tail-front.ts';
import { tail } from '#services/tail/tail.ts';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { Logger, silentLogger, type LogLine } from '#shared/runtime/logger.ts';

const KEYS = { accessKeyId: 'AKIDTAIL', secretAccessKey: 'secret' };
let server: Server | undefined;
const stops: AbortController[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

function verifier(): SigV4Verifier {
  const principal = { name: 'watcher', accessKeyId: KEYS.accessKeyId };
  return new SigV4Verifier(new Credentials([{ ...KEYS, principal }], { open: false }));
}

async function listen(
  feed: LineFeed,
  changes: Partial<TailFrontOptions> = {},
): Promise<{ url: string; front: TailFront }> {
  const front = new TailFront({
    ...{ feed, verifier: verifier(), accountId: '000000000000', logger: silentLogger },
    ...changes,
  });
  server = createServer((request, response) => {
    expect(front.claims(request)).toBe(true);
    front.handle(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, front };
}

function watch(url: string, changes: { events?: string; json?: boolean; secret?: string } = {}) {
  const stop = new AbortController();
  stops.push(stop);
  const printed: string[] = [];
  const { events, json = false, secret = KEYS.secretAccessKey } = changes;
  const ended = tail({
    url,
    region: 'us-east-1',
    credentials: { ...KEYS, secretAccessKey: secret },
    ...(events === undefined ? {} : { events }),
    json,
    write: (text) => printed.push(text),
    signal: stop.signal,
  });
  return { printed, ended, stop };
}

const line = (event: string, message: string) => () => ({
  event,
  time: '2026-11-25T00:00:01.500Z',
  message,
  functionName: 'f',
});

/** Publishes until the watcher has printed something: it subscribes a moment after its call. */
async function publishUntilSeen(feed: LineFeed, printed: readonly string[], event: string) {
  await expect
    .poll(() => {
      feed.publish(line(event, 'one\ntwo'));
      return printed.length;
    })
    .toBeGreaterThan(0);
}

test('prints lines readably, every line of a message under its own head', async () => {
  const feed = new LineFeed();
  const { url } = await listen(feed);
  const { printed, ended, stop } = watch(url);
  await publishUntilSeen(feed, printed, 'function');
  expect(printed[0]).toBe('00:00:01.500 function f: one\n00:00:01.500 function f: two\n');
  stop.abort();
  await ended;
});

test('gives only the kinds that were asked for, as JSON when wanted', async () => {
  const feed = new LineFeed();
  const { url } = await listen(feed);
  const { printed } = watch(url, { events: 'access', json: true });
  feed.publish(line('function', 'not this'));
  await publishUntilSeen(feed, printed, 'access');
  feed.publish(line('function', 'not this'));
  expect(JSON.parse(printed[0] ?? '')).toMatchObject({ event: 'access', message: 'one\ntwo' });
  expect(printed.join('')).not.toContain('not this');
});

test('refuses a wrong signature', async () => {
  const { url } = await listen(new LineFeed());
  await expect(watch(url, { secret: 'other' }).ended).rejects.toThrow(/the node answered 403/);
});

test('a node that stops ends the tail', async () => {
  const feed = new LineFeed();
  const { url, front } = await listen(feed);
  const { printed, ended } = watch(url);
  await publishUntilSeen(feed, printed, 'log');
  front.close();
  await expect(ended).rejects.toThrow('the node has ended the tail');
});

test('nothing is made when nobody listens', () => {
  let made = 0;
  const feed = new LineFeed();
  const make = () => {
    made++;
    return line('log', 'x')();
  };
  feed.publish(make);
  feed.subscribe(() => undefined)();
  feed.publish(make);
  expect(made).toBe(0);
});

test('what fails for no reason of the watcher is in the log, not in the answer', async () => {
  const lines: LogLine[] = [];
  const { url } = await listen(new LineFeed(), {
    verifier: {
      verify: () => {
        throw new Error('a bug');
      },
    } as unknown as SigV4Verifier,
    logger: new Logger((one) => lines.push(one), 'tail'),
  });
  await expect(watch(url).ended).rejects.toThrow(/answered 500: .*Internal server error/);
  expect(lines).toMatchObject([{ level: 'error', fields: { error: { message: 'a bug' } } }]);
});
