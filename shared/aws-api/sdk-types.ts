// Types of handlers taken from an SDK module: one handler for each operation, with the SDK's member names.
import type { ControlContext } from '#shared/model/control.ts';

/** Names of the operations of an SDK module: `CreateApi` for its class `CreateApiCommand`. */
export type OperationName<Sdk> = {
  [Key in keyof Sdk]: Key extends `${infer Name}Command`
    ? Name extends `$${string}`
      ? never
      : Name
    : never;
}[keyof Sdk];

/** Instance of the SDK's class for an operation. */
type CommandOf<Sdk, Name extends string> = `${Name}Command` extends keyof Sdk
  ? Sdk[`${Name}Command`] extends abstract new (...args: never[]) => infer Command
    ? Command
    : never
  : never;

/** Structural, so that the SDK's own types need no import. */
interface CommandLike<Input, Output> {
  readonly input: Input;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: Output }>;
}

type CommandInput<Command> = Command extends CommandLike<infer Input, unknown> ? Input : never;
type CommandOutput<Command> = Command extends CommandLike<unknown, infer Output> ? Output : never;

/**
 * An input as handlers get it: already checked, so that required members are there and no member is `undefined`;
 * blobs are always bytes. An input without members, to which bytes would be assignable too, has none.
 */
export type CheckedInput<T> = [Uint8Array] extends [T]
  ? [keyof T, T] extends [never, object]
    ? Readonly<Record<string, never>>
    : Uint8Array
  : T extends Date | Uint8Array
    ? T
    : T extends readonly (infer Item)[]
      ? CheckedInput<Item>[]
      : T extends object
        ? { [Key in keyof T]: CheckedInput<Exclude<T[Key], undefined>> }
        : T;

/** An output as handlers may give it: read-only, enums as text, any bytes; `undefined` members are left out on the wire. */
export type LooseOutput<T> = T extends Date
  ? T
  : T extends Uint8Array
    ? Uint8Array
    : T extends string
      ? string
      : T extends readonly (infer Item)[]
        ? readonly LooseOutput<Item>[]
        : T extends object
          ? { readonly [Key in keyof T]: LooseOutput<T[Key]> }
          : T;

/** Input type of an operation's handler. */
export type InputOf<Sdk, Name extends string> = CheckedInput<CommandInput<CommandOf<Sdk, Name>>>;

/** Output type of an operation's handler; an operation without an output may give nothing. */
export type ResultOf<Sdk, Name extends string> = Result<
  Omit<CommandOutput<CommandOf<Sdk, Name>>, '$metadata'>
>;

type Result<Output> = keyof Output extends never ? void | object : LooseOutput<Output>;

/** One handler for each named operation of an SDK module. A handler throws `ServiceError` for what AWS models. */
export type SdkHandlers<Sdk, Names extends string> = {
  readonly [Name in Names]: (
    input: InputOf<Sdk, Name>,
    context: ControlContext,
  ) => Promise<ResultOf<Sdk, Name>>;
};
