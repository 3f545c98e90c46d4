// An invoker for tests: answers as told and remembers what it was asked.
import type { FunctionRef, InvokeOptions, InvokeResult, Invoker } from '#shared/model/functions.ts';

/** One invocation that was asked for. */
export interface Invocation {
  readonly ref: FunctionRef;
  readonly event: unknown;
  readonly options: InvokeOptions;
}

/** Answers every invocation with what `answer` gives: a payload as text, an error to reject with, or a whole result. */
export class ScriptedInvoker implements Invoker {
  readonly invocations: Invocation[] = [];
  answer: (event: unknown) => string | Error | Partial<InvokeResult> = () => 'null';

  async invoke(
    ref: FunctionRef,
    event: Uint8Array | string,
    options: InvokeOptions,
  ): Promise<InvokeResult> {
    const text = typeof event === 'string' ? event : Buffer.from(event).toString('utf8');
    const parsed = JSON.parse(text) as unknown;
    this.invocations.push({ ref, event: parsed, options });
    const answer = this.answer(parsed);
    if (answer instanceof Error) throw answer;
    const result = { payload: Buffer.from('null'), executedVersion: '$LATEST', requestId: 'r-1' };
    return typeof answer === 'string'
      ? { ...result, payload: Buffer.from(answer) }
      : { ...result, ...answer };
  }
}
