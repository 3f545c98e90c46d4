// `postern start`: runs a node until a signal drains it; tells faults of the start by exit code.
import type { DeployResult } from '#services/deploy/deployer.ts';
import { TemplateWatcher } from '#services/deploy/watch.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import type { Config } from './config.ts';
import { createNode, type Node } from './node.ts';
import { createOutput, type Output, type StackLine } from './output.ts';
import { stopRequested } from './signals.ts';
import { deployStack, stackName, TemplateRefused, type StackWish } from './stack.ts';

/** Runs a node to its end; the exit code of the contract (0 drained, 1 failed, 2 configuration, 3 template refused). */
export async function runNode(config: Config): Promise<number> {
  const output = createOutput(config);
  const node = createNode(config, output);
  const stop = stopRequested();
  try {
    const started = node.start().then(() => 'started' as const);
    if ((await Promise.race([started, stop])) !== 'started') return await drain(node, output);
    const stacks = await deployStacks(config, node, output);
    output.ready(
      {
        gateway: node.gateway,
        admin: node.admin,
        ca: node.caFile,
        region: config.region,
        account: config.account,
        stacks,
      },
      Object.keys(config.pages).map((name) => `${node.gateway}/_postern/pages/${name}/`),
    );
  } catch (error) {
    return await refuse(error, node, output);
  }
  try {
    const { signal } = await Promise.race([stop, node.failed]);
    output.logger.info('draining', { signal });
    return await drain(node, output);
  } catch (error) {
    output.logger.error('the node failed', { error });
    await drain(node, output);
    return 1;
  }
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

/** Deploys the configured template, and again after every change of it when that is wanted. */
async function deployStacks(config: Config, node: Node, output: Output): Promise<StackLine[]> {
  const { template } = config;
  if (template === undefined) return [];
  const { logger } = output;
  const wish: StackWish = {
    endpoint: node.endpoint,
    template,
    name: config.stack ?? stackName(template),
    parameters: config.parameters,
    skipUnsupported: config.skipUnsupported,
  };
  const deploy = async () => {
    const result = await deployStack(wish);
    for (const message of result.messages) logger.info(message, { stack: result.stack });
    return result;
  };
  const { stack, outputs, urls, codePaths } = await deploy();
  if (config.watch) await watchTemplate(template, { logger, codePaths, deploy });
  return [{ name: stack, outputs, urls }];
}

async function watchTemplate(
  templatePath: string,
  parts: {
    readonly logger: Logger;
    readonly codePaths: readonly string[];
    readonly deploy: () => Promise<DeployResult>;
  },
): Promise<void> {
  const { logger, codePaths, deploy } = parts;
  const watcher = new TemplateWatcher({
    templatePath,
    clock: systemClock,
    report: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error('the template could not be deployed again', { reason });
    },
    deploy: async () => {
      const { stack, changes, codePaths: paths } = await deploy();
      for (const change of changes) logger.info(change, { stack });
      return paths;
    },
  });
  await watcher.start(codePaths);
}
