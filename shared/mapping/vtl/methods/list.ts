// Java's methods of lists, as templates call them.
import { TemplateError } from '../limits.ts';
import { isEqual } from '../operators.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { isList, javaList, numberOf, type Value } from '../values.ts';
import { indexArgument, type Method, type Methods } from './arguments.ts';

type List = readonly Value[];

const LISTS: readonly (readonly [string, Method<List>])[] = [
  ['size', (_run, self) => self.length],
  ['isEmpty', (_run, self) => self.length === 0],
  ['toString', (run, self) => printValue(run, self)],
  ['get', (_run, self, args) => self[indexArgument(args, 0, 0, self.length - 1)]],
  ['contains', (run, self, [wanted]) => indexOf(run, self, wanted) >= 0],
  ['indexOf', (run, self, [wanted]) => indexOf(run, self, wanted)],
  ['equals', (run, self, [other]) => isList(other) && isEqual(run, self, other)],
  ['add', (run, self, args) => add(run, self, args)],
  ['addAll', (run, self, [items]) => addAll(run, self, items)],
  ['set', (_run, self, args) => set(self, args)],
  ['remove', (run, self, [wanted]) => remove(run, self, wanted)],
  ['clear', (_run, self) => void writable(self).splice(0)],
  ['subList', (run, self, args) => subList(run, self, args)],
];

/** Methods of lists. Those that walk a list cost a step an item. */
export const LIST_METHODS: Methods<List> = new Map(LISTS);

/** Lists are read-only in their type only: templates may change what they hold. */
function writable(list: List): Value[] {
  return list as Value[];
}

function indexOf(run: Run, self: List, wanted: Value): number {
  return self.findIndex((item) => {
    run.step();
    return isEqual(run, item, wanted);
  });
}

function add(run: Run, self: List, args: readonly Value[]): Value {
  run.step();
  if (args.length < 2) {
    writable(self).push(args[0]);
    return true;
  }
  writable(self).splice(indexArgument(args, 0, 0, self.length), 0, args[1]);
  return undefined;
}

function addAll(run: Run, self: List, items: Value): Value {
  if (!isList(items)) throw new TemplateError('argument 1 is no list');
  run.step(items.length);
  for (const item of [...items]) writable(self).push(item);
  return items.length > 0;
}

function set(self: List, args: readonly Value[]): Value {
  const index = indexArgument(args, 0, 0, self.length - 1);
  const before = self[index];
  writable(self)[index] = args[1];
  return before;
}

/** By index for integers, by value for everything else, as Java chooses. */
function remove(run: Run, self: List, wanted: Value): Value {
  run.step(self.length);
  if (numberOf(wanted) !== undefined) {
    return writable(self).splice(indexArgument([wanted], 0, 0, self.length - 1), 1)[0];
  }
  const at = indexOf(run, self, wanted);
  if (at >= 0) writable(self).splice(at, 1);
  return at >= 0;
}

function subList(run: Run, self: List, args: readonly Value[]): Value {
  const from = indexArgument(args, 0, 0, self.length);
  const to = indexArgument(args, 1, from, self.length);
  run.step(to - from);
  return javaList(self.slice(from, to));
}
