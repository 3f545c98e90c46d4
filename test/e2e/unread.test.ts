// A node whose log nobody reads any more, as when `| head` has had enough.
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { adminClients } from '../support/clients.ts';
import { startNode } from '../support/node.ts';
import { createFunction } from '../support/websocket-api.ts';

const LOUD = 'export const handler = async (event) => { console.log("said"); return event; };';

test('it goes on: what logs is answered, and it drains as ever', async () => {
  const node = await startNode();
  onTestFinished(() => node.close());
  const clients = adminClients(node);
  await createFunction(clients, 'loud', LOUD);
  node.process.stdout?.destroy();
  node.process.stderr?.destroy();
  for (let n = 0; n < 5; n++) {
    const call = new InvokeCommand({ FunctionName: 'loud', Payload: Buffer.from(`${n}`) });
    const { Payload } = await clients.lambda.send(call);
    expect(Payload?.transformToString()).toBe(`${n}`);
  }
  expect(await node.end()).toBe(0);
});
