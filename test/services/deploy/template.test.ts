// Reading a template's text: short tags, positions, and everything that is no template.
import { expect, test } from 'vitest';
import { TemplateError } from '#services/deploy/faults.ts';
import { parseTemplate } from '#services/deploy/template.ts';

const parse = (text: string): unknown => JSON.parse(JSON.stringify(parseTemplate(text, 't').root));

function messages(text: string): string[] {
  try {
    parseTemplate(text, 't.yaml');
  } catch (error) {
    if (error instanceof TemplateError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test.each([
  ['A: !Ref X', { A: { Ref: 'X' } }],
  ['A: !GetAtt X.Y', { A: { 'Fn::GetAtt': ['X', 'Y'] } }],
  ['A: !GetAtt X.Y.Z', { A: { 'Fn::GetAtt': ['X', 'Y.Z'] } }],
  ['A: !GetAtt [X, Y]', { A: { 'Fn::GetAtt': ['X', 'Y'] } }],
  ['A: !Sub "a${B}"', { A: { 'Fn::Sub': 'a${B}' } }],
  ['A: !Sub ["${b}", {b: !Ref C}]', { A: { 'Fn::Sub': ['${b}', { b: { Ref: 'C' } }] } }],
  ['A: !Condition B', { A: { Condition: 'B' } }],
  ['A: !Equals [!Ref B, 1]', { A: { 'Fn::Equals': [{ Ref: 'B' }, 1] } }],
  [
    'A: !Join [",", !Split ["|", "a|b"]]',
    { A: { 'Fn::Join': [',', { 'Fn::Split': ['|', 'a|b'] }] } },
  ],
  ['A: !Ref 12', { A: { Ref: '12' } }],
  ['A: {"Fn::Sub": "x"}', { A: { 'Fn::Sub': 'x' } }],
  ['Version: 2012-10-17', { Version: '2012-10-17' }],
  ['A: 000000000012', { A: '000000000012' }],
  ['A: 123456789012345678901', { A: '123456789012345678901' }],
  ['A: 5\nB: 0.5\nC: true\nD: null\nE: "5"', { A: 5, B: 0.5, C: true, D: null, E: '5' }],
  ['A: &x {b: [1]}\nC: *x', { A: { b: [1] }, C: { b: [1] } }],
  ['{"A": {"Ref": "X"},\n\t"B": [1, true]}', { A: { Ref: 'X' }, B: [1, true] }],
  ['123456789012: {a: 1}', { '123456789012': { a: 1 } }],
])('%s', (text, expected) => {
  expect(parse(text)).toEqual(expected);
});

test.each([
  ['', ['t.yaml: a template must be a map of sections']],
  ['- a', ['t.yaml:1:1: a template must be a map of sections']],
  [
    'A: [1',
    [
      't.yaml:1:6: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  ['A: 1\nA: 2', ['t.yaml:2:1: Map keys must be unique']],
  ['{"A": 1, "A": 2}', ['t.yaml:1:10: Map keys must be unique']],
  ['A:\n  __proto__: {x: 1}', ['t.yaml:2:3: A: the key __proto__ is not allowed']],
  ['A:\n  <<: {x: 1}', ['t.yaml:2:3: A: the key << is not allowed']],
  ['A: &a [*a]', ['t.yaml:1:7: A[0]: an alias refers to itself or to no anchor']],
  ['[', ['t.yaml:1:2: Flow sequence must end with a ]']],
  ['['.repeat(200_000), ['t.yaml: the template is nested too deeply']],
])('no template: case %#', (text, expected) => {
  expect(messages(text)).toEqual(expected);
});

test('aliases that multiply are bounded', () => {
  const levels = Array.from({ length: 12 }, (_, at) => {
    const items = at === 0 ? '"x"' : `*a${at - 1}`;
    return `l${at}: &a${at} [${Array(10).fill(items).join(', ')}]`;
  });
  expect(messages(levels.join('\n'))).toEqual([
    't.yaml:1:1: the template has more than 100000 values',
  ]);
});

test('a template over 1 MB is refused before it is parsed', () => {
  expect(messages(`A: ${'x'.repeat(1024 * 1024)}`)).toEqual([
    't.yaml: the template is larger than 1048576 bytes',
  ]);
});

test('positions are those of keys, or of the nearest value around', () => {
  const { positions } = parseTemplate('Resources:\n  Api:\n    Tags: [a, {b: 1}]\n', 't');
  expect(positions.at('Resources.Api')).toEqual({ line: 2, column: 3 });
  expect(positions.at('Resources.Api.Tags[1].b')).toEqual({ line: 3, column: 16 });
  expect(positions.at('Resources.Api.Missing.Deeper[3]')).toEqual({ line: 2, column: 3 });
});
