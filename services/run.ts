// `postern start`: runs a node until a signal drains it; tells faults of the start by exit code.
import { whenUnread } from '#shared/runtime/pipe-reader.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import type { Config } from './config.ts';
import { createNode, type Node } from './node.ts';
import { createOutput, type Output } from './output.ts';
import { stopRequested } from './signals.ts';
import { TemplateRefused } from './stack.ts';
import { deployTemplate, type StartedStacks } from './start-template.ts';

/** Runs a node to its end; the exit code of the contract (0 drained, 1 failed, 2 configuration, 3 template refused). */
export async function runNode(config: Config): Promise<number> {
  // Who reads its log may end; the node's connections must not.
  whenUnread([process.stdout, process.stderr], () => undefined);
  const output = createOutput(config);
  const node = createNode(config, output);
  const stop = stopRequested();
  let stacks: StartedStacks;
  try {
    const started = node.start().then(() => 'started' as const);
    if ((await Promise.race([started, stop])) !== 'started') return await drain(node, output);
    stacks = await deployTemplate(config, node.endpoint, output.logger);
  } catch (error) {
    return await refuse(error, node, output);
  }
  tellReady(config, node, { output, stacks });
  try {
    const { signal } = await Promise.race([stop, node.failed]);
    output.logger.info('draining', { signal });
    await stacks.close();
    return await drain(node, output);
  } catch (error) {
    output.logger.error('the node failed', { error });
    await drain(node, output);
    return 1;
  }
}

function tellReady(
  config: Config,
  node: Node,
  { output, stacks }: { readonly output: Output; readonly stacks: StartedStacks },
): void {
  const { gateway, admin, caFile: ca } = node;
  const { region, account, pages } = config;
  output.ready(
    { gateway, admin, ca, region, account, stacks: stacks.lines },
    Object.keys(pages).map((name) => `${gateway}/_postern/pages/${name}/`),
  );
}

async function drain(node: Node, output: Output): Promise<number> {
  try {
    await node.stop('drained');
    return 0;
  } catch (error) {
    output.logger.error('stopping failed', { error });
    return 1;
  } finally {
    output.flush();
  }
}

async function refuse(error: unknown, node: Node, output: Output): Promise<number> {
  output.flush();
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StartError) process.stderr.write(`${error.field}: ${message}\n`);
  else if (error instanceof TemplateRefused) process.stderr.write(`${message}\n`);
  else output.logger.error('start failed', { error });
  await node.stop('start failed').catch((failure: unknown) => {
    output.logger.error('stopping failed', { error: failure });
  });
  if (error instanceof StartError) return 2;
  return error instanceof TemplateRefused ? 3 : 1;
}
