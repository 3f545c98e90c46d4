// CSV files of API keys: columns in any order and casing, quotes, blanks, and what cannot be read.
import { expect, test } from 'vitest';
import { parseKeyFile } from '#services/control-plane/definitions/key-file.ts';

const row = (line: number, more: object) => ({ line, enabled: true, planIds: [], ...more });

test.each([
  ['name,key\na,1', [row(2, { name: 'a', key: '1' })]],
  ['\uFEFFKEY,Name\r\n1,a\r\n', [row(2, { name: 'a', key: '1' })]],
  [' Name , key \n\n a , 1 \n', [row(3, { name: 'a', key: '1' })]],
  ['Name,Key,Other\na,1,zzz', [row(2, { name: 'a', key: '1' })]],
  [
    'name,key,description,Enabled,usageplanIds\na,1,"x, ""y""",false,"p1, p2"\nb,2,,TRUE,\'p3\'',
    [
      row(2, { name: 'a', key: '1', description: 'x, "y"', enabled: false, planIds: ['p1', 'p2'] }),
      row(3, { name: 'b', key: '2', planIds: ['p3'] }),
    ],
  ],
  ['name,key,enabled\na,1,no', [row(2, { name: 'a', key: '1', enabled: false })]],
  ['name,key\na\n"open,1', [row(2, { name: 'a' }), row(3, { name: 'open,1' })]],
  ['name,key', []],
])('%j', (text, rows) => {
  expect(parseKeyFile(text)).toEqual({ rows });
});

test.each([
  ['', 'name'],
  ['name,value\na,1', 'key'],
])('%j has no column %s', (text, column) => {
  expect(parseKeyFile(text)).toEqual({ fault: `The header row has no column ${column}` });
});
