// Java's methods of Boolean.
import { isTrue, type Value } from '../values.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { methodTable, type Methods } from './arguments.ts';
import { hashOf } from './hash.ts';

/** Methods of booleans, static ones too. */
export const BOOLEAN_METHODS: Methods<boolean> = methodTable<boolean>([
  ['toString/0', (_run, self) => String(self)],
  ['toString/1', (_run, _self, [value]) => String(isTrue(value))],
  ['booleanValue/0', (_run, self) => self],
  ['equals/1', (_run, self, [other]) => self === other],
  ['hashCode/0', (run, self) => hashOf(run, self)],
  ['compareTo/1', (_run, self, [other]) => Number(self) - Number(isTrue(other))],
  ['compare/2', (_run, _self, [left, right]) => Number(isTrue(left)) - Number(isTrue(right))],
  ['parseBoolean/1', (run, _self, [text]) => parse(run, text)],
  ['valueOf/1', (run, _self, [text]) => parse(run, text)],
  ['logicalAnd/2', (_run, _self, [left, right]) => isTrue(left) && isTrue(right)],
  ['logicalOr/2', (_run, _self, [left, right]) => isTrue(left) || isTrue(right)],
  ['logicalXor/2', (_run, _self, [left, right]) => isTrue(left) !== isTrue(right)],
]);

function parse(run: Run, text: Value): boolean {
  return printValue(run, text).toLowerCase() === 'true';
}
