// Java's methods of lists, as templates call them.
import { TemplateError } from '../limits.ts';
import { isEqual } from '../operators.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { isList, JavaList, javaList, numberOf, type Value } from '../values.ts';
import { indexArgument, methodTable, writable, type Method, type Methods } from './arguments.ts';
import { hashOf } from './hash.ts';
import { JavaIterator } from './iterator.ts';

type List = readonly Value[];

const LISTS: readonly (readonly [string, Method<List>])[] = [
  ['size/0', (_run, self) => self.length],
  ['isEmpty/0', (_run, self) => self.length === 0],
  ['toString/0', (run, self) => printValue(run, self)],
  ['get/1', (_run, self, args) => self[indexArgument(args, 0, 0, self.length - 1)]],
  ['contains/1', (run, self, [wanted]) => indexOf(run, self, wanted) >= 0],
  ['containsAll/1', (run, self, [items]) => containsAll(run, self, items)],
  ['indexOf/1', (run, self, [wanted]) => indexOf(run, self, wanted)],
  ['lastIndexOf/1', (run, self, [wanted]) => lastIndexOf(run, self, wanted)],
  ['equals/1', (run, self, [other]) => isList(other) && isEqual(run, self, other)],
  ['hashCode/0', (run, self) => hashOf(run, self)],
  ['iterator/0', (_run, self) => new JavaIterator(self)],
  ['listIterator/0', (_run, self) => new JavaIterator(self)],
  ['toArray/0', (run, self) => copy(run, self)],
  ['clone/0', (run, self) => (self instanceof JavaList ? copy(run, self) : [...copy(run, self)])],
  ['subList/2', (run, self, args) => subList(run, self, args)],
  ['add/1,2', (run, self, args) => add(run, self, args)],
  ['addAll/1,2', (run, self, args) => addAll(run, self, args)],
  ['set/2', (run, self, args) => set(run, self, args)],
  ['remove/1', (run, self, [wanted]) => remove(run, self, wanted)],
  ['removeAll/1', (run, self, [items]) => retain(run, self, items, false)],
  ['retainAll/1', (run, self, [items]) => retain(run, self, items, true)],
  ['sort/1', (run, self, [comparator]) => sort(run, self, comparator)],
  ['clear/0', (run, self) => void writable(run, self).splice(0)],
  ['ensureCapacity/1', () => undefined],
  ['trimToSize/0', () => undefined],
];

/** Methods of lists. Those that walk a list cost a step an item. */
export const LIST_METHODS: Methods<List> = methodTable(LISTS);

function indexOf(run: Run, self: List, wanted: Value): number {
  return self.findIndex((item) => {
    run.step();
    return isEqual(run, item, wanted);
  });
}

function lastIndexOf(run: Run, self: List, wanted: Value): number {
  return self.findLastIndex((item) => {
    run.step();
    return isEqual(run, item, wanted);
  });
}

function containsAll(run: Run, self: List, items: Value): boolean {
  return listArgument(items).every((item) => indexOf(run, self, item) >= 0);
}

function listArgument(items: Value): List {
  if (isList(items)) return items;
  throw new TemplateError('an argument is no list');
}

function copy(run: Run, self: List): JavaList {
  run.step(self.length);
  return javaList(self);
}

function add(run: Run, self: List, args: readonly Value[]): Value {
  run.step();
  if (args.length < 2) {
    writable(run, self).push(args[0]);
    return true;
  }
  writable(run, self).splice(indexArgument(args, 0, 0, self.length), 0, args[1]);
  return undefined;
}

function addAll(run: Run, self: List, args: readonly Value[]): Value {
  const items = listArgument(args.at(-1));
  const at = args.length > 1 ? indexArgument(args, 0, 0, self.length) : self.length;
  run.step(items.length + self.length - at);
  const list = writable(run, self);
  const behind = list.splice(at);
  for (const item of [...items]) list.push(item);
  for (const item of behind) list.push(item);
  return items.length > 0;
}

function set(run: Run, self: List, args: readonly Value[]): Value {
  const index = indexArgument(args, 0, 0, self.length - 1);
  const before = self[index];
  writable(run, self)[index] = args[1];
  return before;
}

/** By index for integers, by value for everything else, as Java chooses. */
function remove(run: Run, self: List, wanted: Value): Value {
  run.step(self.length);
  const list = writable(run, self);
  if (numberOf(wanted) !== undefined) {
    return list.splice(indexArgument([wanted], 0, 0, self.length - 1), 1)[0];
  }
  const at = indexOf(run, self, wanted);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

/** Keeps what is, or is not, in `items`; says whether that changes the list. */
function retain(run: Run, self: List, items: Value, wanted: boolean): boolean {
  const others = listArgument(items);
  const kept = self.filter((item) => indexOf(run, others, item) >= 0 === wanted);
  const isChanged = kept.length < self.length;
  const list = writable(run, self);
  list.length = 0;
  for (const item of kept) list.push(item);
  return isChanged;
}

/** Templates have no comparators: null asks for the natural order of numbers, or of texts. */
function sort(run: Run, self: List, comparator: Value): undefined {
  if (comparator !== null && comparator !== undefined) {
    throw new TemplateError('a list is sorted by null, its natural order');
  }
  run.step(self.length * Math.ceil(Math.log2(self.length + 1)));
  const isText = self.every((item) => typeof item === 'string');
  if (!isText && !self.every((item) => numberOf(item) !== undefined)) {
    throw new TemplateError('only numbers or only texts have an order');
  }
  writable(run, self).sort((left, right) => compare(left, right));
}

function compare(left: Value, right: Value): number {
  if (typeof left !== 'string' || typeof right !== 'string') {
    return (numberOf(left) ?? 0) - (numberOf(right) ?? 0);
  }
  return left === right ? 0 : left < right ? -1 : 1;
}

function subList(run: Run, self: List, args: readonly Value[]): Value {
  const from = indexArgument(args, 0, 0, self.length);
  const to = indexArgument(args, 1, from, self.length);
  run.step(to - from);
  return javaList(self.slice(from, to));
}
