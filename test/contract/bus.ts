// The contract of `Bus`, run for every implementation.
import { expect, test } from 'vitest';
import { NoResponderError } from '#shared/exchange/errors.ts';
import type { Bus } from '#shared/model/bus.ts';

let topics = 0;

/** A topic that no other test uses. */
function fresh(): string {
  return `contract.${process.pid}.${Date.now()}.${topics++}`;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const textOf = (message: Uint8Array): string => Buffer.from(message).toString();

/** Collects messages; `count` resolves when that many have come. */
function collector() {
  const messages: string[] = [];
  const wanted: { count: number; resolve: () => void }[] = [];
  return {
    messages,
    listener: (message: Uint8Array) => {
      messages.push(textOf(message));
      for (const { count, resolve } of wanted) if (messages.length >= count) resolve();
    },
    count: (count: number) =>
      messages.length >= count
        ? Promise.resolve()
        : new Promise<void>((resolve) => wanted.push({ count, resolve })),
  };
}

/** Declares the tests; `open` makes one more node's bus on the same cluster, closed after the test by the caller. */
export function busContract(open: () => Promise<Bus>): void {
  test('every node that subscribes gets a message, the publisher too', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    const [here, there] = [collector(), collector()];
    await a.subscribe(topic, here.listener);
    await b.subscribe(topic, there.listener);
    await a.publish(topic, bytes('hello'));
    await Promise.all([here.count(1), there.count(1)]);
    expect([here.messages, there.messages]).toEqual([['hello'], ['hello']]);
  });

  test('messages of one publisher come in order', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    const there = collector();
    await b.subscribe(topic, there.listener);
    const sent = Array.from({ length: 200 }, (_, at) => String(at));
    await Promise.all(sent.map((text) => a.publish(topic, bytes(text))));
    await there.count(200);
    expect(there.messages).toEqual(sent);
  });

  test('bytes are bytes', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    const all = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const got = new Promise<Uint8Array>(
      (resolve) => void b.subscribe(topic, resolve).then(() => a.publish(topic, all)),
    );
    expect(Buffer.from(await got).equals(all)).toBe(true);
  });

  test('topics are apart', async () => {
    const [a, topic, other] = [await open(), fresh(), fresh()];
    const [one, two] = [collector(), collector()];
    await a.subscribe(topic, one.listener);
    await a.subscribe(other, two.listener);
    await a.publish(other, bytes('2'));
    await a.publish(topic, bytes('1'));
    await Promise.all([one.count(1), two.count(1)]);
    expect([one.messages, two.messages]).toEqual([['1'], ['2']]);
  });

  test('a closed subscription gets nothing more, others of the topic do', async () => {
    const [a, topic] = [await open(), fresh()];
    const [ended, open_] = [collector(), collector()];
    const subscription = await a.subscribe(topic, ended.listener);
    await a.subscribe(topic, open_.listener);
    await a.publish(topic, bytes('1'));
    await Promise.all([ended.count(1), open_.count(1)]);
    await subscription.close();
    await subscription.close();
    await a.publish(topic, bytes('2'));
    await open_.count(2);
    expect(ended.messages).toEqual(['1']);
  });

  test('a topic can be left and taken up again', async () => {
    const [a, topic] = [await open(), fresh()];
    const [first, second] = [collector(), collector()];
    await (await a.subscribe(topic, first.listener)).close();
    await a.subscribe(topic, second.listener);
    await a.publish(topic, bytes('x'));
    await second.count(1);
    expect(first.messages).toEqual([]);
  });

  test('a listener that throws harms nobody', async () => {
    const [a, topic] = [await open(), fresh()];
    const well = collector();
    await a.subscribe(topic, () => {
      throw new Error('on purpose');
    });
    await a.subscribe(topic, well.listener);
    await a.publish(topic, bytes('1'));
    await a.publish(topic, bytes('2'));
    await well.count(2);
    expect(well.messages).toEqual(['1', '2']);
  });

  test('publishing to nobody is no error', async () => {
    await (await open()).publish(fresh(), bytes('x'));
  });

  test('a request gets the answer of the responder on another node', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    await b.respond(topic, async (message) => bytes(`${textOf(message)}!`));
    const asked = Array.from({ length: 50 }, (_, at) => `q${at}`);
    const answers = await Promise.all(asked.map((text) => a.request(topic, bytes(text), 5000)));
    expect(answers.map(textOf)).toEqual(asked.map((text) => `${text}!`));
  });

  test('a request to the own node is answered', async () => {
    const [a, topic] = [await open(), fresh()];
    await a.respond(topic, async () => bytes('me'));
    expect(textOf(await a.request(topic, bytes(''), 5000))).toBe('me');
  });

  test('answers find their requests, whatever their order', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    const held = Promise.withResolvers<void>();
    await b.respond(topic, async (message) => {
      if (textOf(message) === 'slow') await held.promise;
      return message;
    });
    const slow = a.request(topic, bytes('slow'), 5000);
    expect(textOf(await a.request(topic, bytes('quick'), 5000))).toBe('quick');
    held.resolve();
    expect(textOf(await slow)).toBe('slow');
  });

  test('nobody there: NoResponderError', async () => {
    const a = await open();
    await expect(a.request(fresh(), bytes('x'), 200)).rejects.toThrow(NoResponderError);
  });

  test('no answer in time: NoResponderError', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    await b.respond(topic, () => new Promise(() => undefined));
    await expect(a.request(topic, bytes('x'), 50)).rejects.toThrow(NoResponderError);
  });

  test('a responder that fails: NoResponderError, and the next request is answered', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    let failing = true;
    await b.respond(topic, async (message) => {
      if (failing) throw new Error('on purpose');
      return message;
    });
    await expect(a.request(topic, bytes('x'), 5000)).rejects.toThrow(NoResponderError);
    failing = false;
    expect(textOf(await a.request(topic, bytes('y'), 5000))).toBe('y');
  });

  test('a responder that has gone does not answer', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    const subscription = await b.respond(topic, async () => bytes('here'));
    expect(textOf(await a.request(topic, bytes(''), 5000))).toBe('here');
    await subscription.close();
    await expect(a.request(topic, bytes(''), 200)).rejects.toThrow(NoResponderError);
  });

  test('a closed bus answers nothing and refuses to be used', async () => {
    const [a, b, topic] = [await open(), await open(), fresh()];
    await b.respond(topic, async () => bytes('here'));
    await b.close();
    await expect(a.request(topic, bytes(''), 200)).rejects.toThrow(NoResponderError);
    await expect(b.publish(topic, bytes(''))).rejects.toThrow('closed');
    await b.close();
  });
}
