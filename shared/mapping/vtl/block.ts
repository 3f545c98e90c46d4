// Text that is rendered when it is printed: what `#define` makes, and `$bodyContent`.
import type { Statement } from './compile.ts';
import type { Run } from './run.ts';
import { HOST, type BoundMethod, type HostObject, type Value } from './values.ts';

/** A block as a value. */
export class Block implements HostObject {
  readonly [HOST] = true;
  /** Writes the block; `#break` inside ends it. */
  readonly render: Statement;

  constructor(body: Statement) {
    this.render = (run) =>
      run.nested(() => {
        const flow = body(run);
        return flow === 'break' ? undefined : flow;
      });
  }

  get(): Value {
    return undefined;
  }

  method(name: string): BoundMethod | undefined {
    return name === 'toString' ? (run) => this.print(run) : undefined;
  }

  print(run: Run): string {
    return run.capture(() => void this.render(run));
  }
}
