// Dead code: every export of the sources is imported by somebody.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Exported on purpose for users of the library, or reached by name at run time. */
const KEPT = new Set<string>(['main']);

test('every exported name is used outside its file', () => {
  const sources = globSync('{services,shared}/**/*.{ts,mjs}');
  const readers = globSync('{services,shared,test,bench}/**/*.{ts,mjs}', {
    exclude: ['bench/peers/node_modules'],
  });
  const texts = new Map(readers.map((path) => [path, readFileSync(path, 'utf8')]));
  const dead: string[] = [];
  for (const path of sources.filter((file) => file.endsWith('.ts'))) {
    const declared = (texts.get(path) ?? '').matchAll(
      /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type) ([A-Za-z_$][\w$]*)/gm,
    );
    for (const [, name] of declared) {
      if (name === undefined || KEPT.has(name)) continue;
      const word = new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`);
      const used = [...texts].some(([other, text]) => other !== path && word.test(text));
      if (!used && !usedInside(texts.get(path) ?? '', name)) dead.push(`${path}: ${name}`);
    }
  }
  expect(dead).toEqual([]);
});

/** A type that appears in another exported signature of its own file is part of that signature. */
function usedInside(text: string, name: string): boolean {
  return (text.match(new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`, 'g')) ?? []).length > 1;
}
