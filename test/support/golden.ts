// Golden files: cases in plain text, so that adding one needs no code.
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** One case: its sections in order, without the line break before the next dashes. */
export interface GoldenCase {
  readonly name: string;
  readonly sections: readonly string[];
}

/**
 * Cases of all `*.txt` files in `test/golden/{folder}`. Lines `===== name` begin cases; a file without them is one
 * case. Lines of five or more dashes separate sections.
 */
export function goldenCases(folder: string): GoldenCase[] {
  const files = globSync(`test/golden/${folder}/*.txt`).sort();
  return files.flatMap((path) => casesOf(readFileSync(path, 'utf8'), basename(path, '.txt')));
}

function casesOf(text: string, file: string): GoldenCase[] {
  const [lead = '', ...rest] = text.split(/^=====[ \t]*(.*)\n/m);
  if (rest.length === 0) return [{ name: file, sections: sectionsOf(lead) }];
  const cases: GoldenCase[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const name = `${file}: ${rest[at] ?? ''}`;
    cases.push({ name, sections: sectionsOf(rest[at + 1] ?? '') });
  }
  return cases;
}

function sectionsOf(text: string): string[] {
  return text.split(/^-----+\n/m).map((section) => section.replace(/\n$/, ''));
}
