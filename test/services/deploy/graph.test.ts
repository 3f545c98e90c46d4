// Order of resources by what they need.
import { expect, test } from 'vitest';
import { orderOf } from '#services/deploy/graph.ts';

const node = (id: string, needs: string[] = [], late = false) => ({
  id,
  needs: new Set(needs),
  late,
});

test.each([
  [
    [node('a'), node('b')],
    ['a', 'b'],
  ],
  [
    [node('a', ['b']), node('b')],
    ['b', 'a'],
  ],
  [
    [node('a', ['b', 'c']), node('b', ['c']), node('c')],
    ['c', 'b', 'a'],
  ],
  [[node('a', ['gone'])], ['a']],
  [
    [node('late', [], true), node('a'), node('b', ['a'])],
    ['a', 'b', 'late'],
  ],
  [
    [node('late', [], true), node('stage', ['late']), node('a')],
    ['a', 'late', 'stage'],
  ],
])('%#', (nodes, order) => {
  expect(orderOf(nodes)).toEqual({ order });
});

test.each([
  [[node('a', ['a'])], ['a', 'a']],
  [
    [node('a', ['b']), node('b', ['a'])],
    ['a', 'b', 'a'],
  ],
  [
    [node('x', ['a']), node('a', ['b']), node('b', ['c']), node('c', ['a'])],
    ['a', 'b', 'c', 'a'],
  ],
])('cycle %#', (nodes, cycle) => {
  expect(orderOf(nodes)).toEqual({ cycle });
});
