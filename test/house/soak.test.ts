// The soak's bookkeeping: what it calls a fault, and when something grows.
import { expect, test } from 'vitest';
import { Ledger, type Ending } from '../../bench/soak/ledger.ts';
import { rise, type Sample } from '../../bench/soak/samples.ts';

/** A line of the soak's function, as a node prints it. */
const told = (message: string) => ({
  event: 'function',
  functionName: 'soak',
  message: `2026-11-25T01:49:14.238Z\t9463d2c6\tINFO\t${message}`,
});

interface Case {
  readonly name: string;
  readonly lines: readonly object[];
  readonly ended?: Readonly<Record<string, Ending>>;
  readonly faults: readonly RegExp[];
}

const came = told('came a= -');
const cases: readonly Case[] = [
  { name: 'nothing', lines: [], faults: [] },
  { name: 'who comes and goes', lines: [came, told('gone a= 1005')], faults: [] },
  { name: 'who never goes', lines: [came], faults: [/^a= has got no \$disconnect$/] },
  {
    name: 'who goes twice',
    lines: [came, told('gone a= 1005'), told('gone a= 1005')],
    faults: [/^a= is gone twice$/],
  },
  { name: 'who never came', lines: [told('gone a= 1006')], faults: [/never came/] },
  { name: 'who comes twice', lines: [came, came, told('gone a= 1005')], faults: [/come twice/] },
  {
    name: 'an end that is told as another',
    lines: [came, told('gone a= 1005')],
    ended: { 'a=': 'reset' },
    faults: [/ended by "reset", and \$disconnect told 1005/],
  },
  {
    name: 'an error in the log, counted',
    lines: [
      { level: 'error', message: 'no' },
      { level: 'error', message: 'no' },
      { level: 'warn', message: 'well' },
    ],
    faults: [/^2 × the node has logged: .*"no"/],
  },
  { name: 'what the function says beside', lines: [told('hm')], faults: [/hm$/] },
];

test.each(cases)('$name', ({ lines, ended = {}, faults }) => {
  const ledger = new Ledger();
  for (const line of lines) ledger.line(line as Readonly<Record<string, unknown>>);
  for (const [id, ending] of Object.entries(ended)) ledger.ended(id, ending);
  const found = ledger.faults({ isOver: true });
  expect(found).toHaveLength(faults.length);
  for (const [at, pattern] of faults.entries()) expect(found[at]).toMatch(pattern);
});

test('who is still open is a fault only when all is over', () => {
  const ledger = new Ledger();
  ledger.line(came);
  expect(ledger.faults({ isOver: false })).toEqual([]);
  expect([...ledger.open]).toEqual(['a=']);
});

test('the rise is that of the second half, whatever the first did', () => {
  const at = (heapKb: number, index: number) => ({ heapKb, seconds: index * 5 }) as Sample;
  const heap = ({ heapKb }: Sample): number => heapKb;
  expect(rise([0, 50, 90, 100, 100, 100, 100, 100].map(at), heap)).toBe(0);
  expect(rise([0, 0, 0, 0, 10, 20, 30, 40].map(at), heap)).toBeCloseTo(30);
  expect(rise([], heap)).toBe(0);
});
