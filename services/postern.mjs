#!/usr/bin/env node
// Entry of the `postern` command in plain JavaScript, so that a Node too old for the house says so in one line.
import module from 'node:module';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 12)) {
  // What is compiled is kept beside the packages, where only who may change the code can write; threads find it by the
  // variable. Where nobody may write (an image's user), starting takes twice as long and nothing else.
  process.env.NODE_COMPILE_CACHE ??= join(
    import.meta.dirname,
    '../node_modules/.cache/postern-compiled',
  );
  module.enableCompileCache();
  const { main } = await import('./cli.ts');
  await main(process.argv.slice(2));
} else {
  console.error(`postern needs Node.js 24.12 or newer; this is ${process.versions.node}.`);
  process.exitCode = 2;
}
