// What bounds one template, so that no template and no message can hold up the node.

/** Bounds of compiling and rendering. */
export interface TemplateLimits {
  /** Length of the template's text. AWS: 300 KB. */
  readonly characters: number;
  /** Nesting of blocks, parentheses, macros and printed values. */
  readonly depth: number;
  /** Work of one rendering: one for each node and expression, and for each item or 64 characters (8 with a pattern). */
  readonly steps: number;
  /** Length of the output, and of every text value on the way. */
  readonly output: number;
  /** Turns of one `#foreach`. AWS: 1,000. */
  readonly iterations: number;
}

/** AWS's numbers, and ours where AWS publishes none. */
export const TEMPLATE_LIMITS: TemplateLimits = {
  characters: 307_200,
  depth: 64,
  steps: 1_000_000,
  output: 10_485_760,
  iterations: 1000,
};

/** A rendering that failed; AWS answers 500 and logs the reason. */
export class TemplateError extends Error {}
