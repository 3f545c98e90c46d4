// Templates at start: deployed on the node itself once it answers.
import type { Config } from './config.ts';
import type { Node } from './node.ts';
import type { Output, StackLine } from './output.ts';

/** The template was refused: exit code 3. */
export class TemplateRefused extends Error {}

/** Deploys `template` as the stack `name` on the running node. */
export async function deployAtStart(_wish: {
  readonly config: Config;
  readonly node: Node;
  readonly output: Output;
  readonly template: string;
  readonly name: string;
}): Promise<StackLine> {
  throw new TemplateRefused('not wired');
}
