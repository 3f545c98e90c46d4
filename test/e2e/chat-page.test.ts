// The chat's page in two browsers: people meet, write, change rooms, and come back after their connection was cut.
import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminClients, managementClient } from '../support/clients.ts';
import { startNode } from '../support/node.ts';
import type { TestNode } from '../support/node.ts';

let node: TestNode;
let browser: Browser;
const problems: string[] = [];

beforeAll(async () => {
  node = await startNode({
    args: ['examples/chat/template.yaml'],
    env: { POSTERN_PAGES: 'chat=examples/chat/page' },
  });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
});
afterAll(async () => {
  await browser.close();
  await node.close();
});

/** A window of its own, at the chat's door. */
async function openPage(width: number): Promise<Page> {
  const viewport = { width, height: 700 };
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${node.ready.gateway}/_postern/pages/chat/`);
  return page;
}

async function enter(page: Page, name: string): Promise<void> {
  await page.fill('#name', name);
  await page.click('#go');
  await page.waitForSelector('#chat:not([hidden])');
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.fill('#text', text);
  await page.keyboard.press('Enter');
};
const shows = (page: Page, text: string) => page.waitForSelector(`#messages >> text=${text}`);

test('two people chat, on a phone and on a desk', async () => {
  const [ada, grace] = await Promise.all([openPage(360), openPage(1100)]);
  await enter(ada, 'Ada');
  await enter(grace, 'Grace');
  await shows(ada, 'Grace came in');
  await say(ada, 'hello from the phone');
  await shows(grace, 'hello from the phone');
  await say(grace, '<b id=bold>no markup</b>');
  await shows(ada, '<b id=bold>no markup</b>');
  expect(await ada.locator('#bold').count()).toBe(0);
  const wide = await ada.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  expect(wide).toBe(false);

  await Promise.all([ada, grace].map(mark));
  await cutConnections();
  await Promise.all([ada, grace].map(cameBack));
  await expect.poll(() => grace.locator('#members li').count()).toBe(2);
  await say(grace, 'back again');
  await shows(ada, 'back again');

  await grace.fill('#other-room', 'Music Room');
  await grace.keyboard.press('Enter');
  await grace.waitForSelector('#room-name >> text=music-room');
  await shows(ada, 'Grace left');
  expect(problems).toEqual([]);
});

/** Puts a mark into the list of messages, which entering a room writes anew. */
const mark = (page: Page): Promise<unknown> =>
  page.evaluate("document.querySelector('#messages').append(document.createElement('hr'))");
const cameBack = (page: Page): Promise<unknown> =>
  page.waitForSelector('#messages hr', { state: 'detached' });

/** Ends every socket of the chat, as an idle cut would; the pages come back by themselves. */
async function cutConnections(): Promise<void> {
  const { dynamodb } = adminClients(node);
  const TableName = node.ready.stacks[0]?.outputs['TableName'];
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const management = managementClient(node, 'chat0rooms', 'live');
  const keys = Items.map(({ pk }) => pk?.S ?? '').filter((pk) => pk.startsWith('connection#'));
  for (const key of keys) {
    const ConnectionId = key.slice('connection#'.length);
    await management.send(new DeleteConnectionCommand({ ConnectionId }));
  }
}
