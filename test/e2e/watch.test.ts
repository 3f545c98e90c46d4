// `--watch`: changed handlers and templates are deployed at once, and faults are told without ending anything.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../support/chatter.ts';
import { startNode } from '../support/node.ts';
import type { TestNode } from '../support/node.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

let folder: string;
let node: TestNode;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-watched-'));
  cpSync(join(ROOT, 'examples/chat'), folder, { recursive: true });
  node = await startNode({ args: [join(folder, 'template.yaml'), '--stack', 'chat', '--watch'] });
});
afterAll(async () => {
  await node.close();
  rmSync(folder, { recursive: true });
});

/** Writes a file with `from` replaced, and answers what undoes it. */
function edit(name: string, from: string, to: string): () => void {
  const file = join(folder, name);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
  return () => writeFileSync(file, text);
}

const logged = (pattern: RegExp) => node.line(({ message }) => pattern.test(String(message)));

async function answerTo(action: string): Promise<string> {
  const url = node.ready.stacks[0]?.urls['chat0rooms/live'] ?? '';
  const client = await openChatter(url, { ca: node.caText });
  client.send({ action });
  const answer = await client.next();
  await client.close();
  return answer;
}

test('a changed handler answers without anything else being done', async () => {
  expect(await answerTo('dance')).toContain('This chat knows');
  edit('handlers/message.mjs', 'This chat knows', 'Here one knows');
  await logged(/^updated MessageFunction$/);
  expect(await answerTo('dance')).toContain('Here one knows');
});

test('a faulty template is told, the old one serves, and the next good one is deployed', async () => {
  const undo = edit('template.yaml', 'RouteKey: say', 'RouteKey: !Ref Nobody');
  const told = await node.line(({ level }) => level === 'error');
  expect(told['reason']).toMatch(/there is no parameter or resource Nobody/);
  expect(await answerTo('say')).toContain('There is nothing to say');
  undo();
  edit('template.yaml', 'RouteKey: say', 'RouteKey: shout');
  await logged(/^updated SayRoute$/);
  expect(await answerTo('say')).toContain('Here one knows');
});
