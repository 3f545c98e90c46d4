// The syntax tree of Velocity templates, as the parser makes it and the compiler reads it.

/** A piece of a template that may print. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly reference: Reference; readonly backslashes: number }
  | { readonly kind: 'set'; readonly target: Reference; readonly value: Expression }
  | { readonly kind: 'if'; readonly branches: readonly Branch[] }
  | {
      readonly kind: 'foreach';
      readonly variable: string;
      readonly source: Expression;
      readonly body: readonly Node[];
    }
  | {
      readonly kind: 'macro';
      readonly name: string;
      readonly parameters: readonly string[];
      readonly body: readonly Node[];
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly block?: CallBlock;
    }
  | { readonly kind: 'define'; readonly name: string; readonly body: readonly Node[] }
  | { readonly kind: 'evaluate'; readonly source: Expression }
  | { readonly kind: 'break'; readonly scope?: Expression }
  | { readonly kind: 'stop' };

/** What a call `#@name() … #end` encloses. */
export interface CallBlock {
  /** The whole call as written, which is what prints when there is no such macro. */
  readonly source: string;
  readonly nodes: readonly Node[];
}

/** One arm of `#if`; without a condition it is `#else`. */
export interface Branch {
  readonly condition?: Expression;
  readonly body: readonly Node[];
}

/** `$name` with what follows it. */
export interface Reference {
  /** As written, which is what prints when it cannot be resolved. */
  readonly source: string;
  /** `$!name`: prints nothing instead. */
  readonly quiet: boolean;
  readonly name: string;
  readonly path: readonly Accessor[];
}

/** One step of a reference's path. */
export type Accessor =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'method'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'index'; readonly index: Expression };

/** Operators with two operands. */
export type BinaryOperator =
  '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

/** Something with a value. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'decimal'; readonly value: number }
  | { readonly kind: 'text'; readonly nodes: readonly Node[] }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'range'; readonly from: Expression; readonly to: Expression }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'not' | 'negative'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };
