// `npm start` on a fresh folder, and two people who chat in their browsers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { command, type Command } from '../support/command.ts';

let folder: string;
let npm: Command;
let browser: Browser;
let address: string;
/** What went wrong in the pages of all. */
const faults: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-chat-'));
  const flags = ['--port', '0', '--admin-port', '0', '--data', folder];
  npm = command('npm', ['start', '--', ...flags]);
  [[, address = ''], browser] = await Promise.all([npm.prints(/(https:\S+)/), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  npm.process.kill('SIGTERM');
  await npm.exited;
  await rm(folder, { recursive: true, force: true });
});

/** A person with a browser profile of their own. */
async function person(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  await page.goto(address);
  return page;
}

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Room', { exact: true }).fill('garden');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByRole('heading', { name: 'garden' }).waitFor();
}

/** With `SCREENSHOTS=folder`, keeps what people see. */
async function look(page: Page, name: string): Promise<void> {
  const shots = process.env['SCREENSHOTS'];
  if (shots === undefined) return;
  await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
}

test('the first https address printed is the chat', () => {
  expect(address).toMatch(/^https:\/\/localhost:\d+\/_postern\/pages\/chat\/$/);
});

let ada: Page;

test('two people meet, talk and part', async () => {
  ada = await person();
  await look(ada, 'door');
  await enter(ada, 'Ada');
  const bob = await person();
  await enter(bob, 'Bob');
  await ada.getByText('Bob came in').waitFor();
  expect(await ada.getByLabel('Who is here').getByRole('listitem').allInnerTexts()).toHaveLength(2);

  await ada.getByLabel('Message', { exact: true }).fill('Is <b>anybody</b> here?');
  await ada.keyboard.press('Enter');
  await bob.getByText('Is <b>anybody</b> here?').waitFor();
  await bob.getByLabel('Message', { exact: true }).fill('Me! 🌱');
  await bob.getByRole('button', { name: 'Send' }).click();
  await ada.getByText('Me! 🌱').waitFor();
  await look(ada, 'chat');

  await bob.context().close();
  await ada.getByText('Bob left').waitFor();
  expect(await ada.getByLabel('Who is here').getByRole('listitem').allInnerTexts()).toHaveLength(1);
});

test('who comes later reads what was said, in a window of a phone without sideways scrolling', async () => {
  const eve = await person({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    colorScheme: 'dark',
  });
  await look(eve, 'phone-door');
  await enter(eve, 'Eve with a rather long name');
  await eve.getByText('Me! 🌱').waitFor();
  await eve.getByLabel('Message', { exact: true }).fill(`A long word: ${'long'.repeat(60)}`);
  await eve.keyboard.press('Enter');
  await eve.locator('.message.mine').waitFor();
  await look(eve, 'phone');
  expect(await eve.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await eve.getByRole('button', { name: 'Leave the room' }).click();
  await ada.getByText(/^Eve with a rather long n\S* left$/).waitFor();
  expect(faults).toEqual([]);
});

test('a SIGTERM to npm reaches the node, which drains', async () => {
  npm.process.kill('SIGTERM');
  expect(await npm.exited).toBe(0);
  expect(npm.err).toContain('closing connections');
});
