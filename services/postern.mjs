#!/usr/bin/env node
// Entry of the `postern` command in plain JavaScript, so that a Node too old for the house says so in one line.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 12)) {
  const { main } = await import('./cli.ts');
  await main(process.argv.slice(2));
} else {
  console.error(`postern needs Node.js 24.12 or newer; this is ${process.versions.node}.`);
  process.exitCode = 2;
}
