// The template of `postern start`: deployed on the node itself once it answers, and again after changes with `--watch`.
import type { AdminEndpoint } from '#services/deploy/clients.ts';
import type { DeployResult } from '#services/deploy/deployer.ts';
import { TemplateWatcher } from '#services/deploy/watch.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { Config } from './config.ts';
import type { StackLine } from './output.ts';
import { deployStack, stackName, type StackWish } from './stack.ts';

/** What was deployed at start. */
export interface StartedStacks {
  readonly lines: readonly StackLine[];
  /** Ends watching and waits for a deployment under way. */
  close(): Promise<void>;
}

const NO_STACKS: StartedStacks = { lines: [], close: async () => undefined };

/** Deploys the configured template; throws what `deployStack` throws. */
export async function deployTemplate(
  config: Config,
  endpoint: AdminEndpoint,
  logger: Logger,
): Promise<StartedStacks> {
  const { template, watch } = config;
  if (template === undefined) return NO_STACKS;
  const wish: StackWish = {
    endpoint,
    template,
    name: config.stack ?? stackName(template),
    parameters: config.parameters,
    skipUnsupported: config.skipUnsupported,
    deleteData: config.deleteData,
  };
  const deploy = async (): Promise<DeployResult> => {
    const result = await deployStack(wish);
    for (const message of result.messages) logger.info(message, { stack: result.stack });
    return result;
  };
  const { stack, outputs, urls, codePaths } = await deploy();
  const lines = [{ name: stack, outputs, urls }];
  if (!watch) return { ...NO_STACKS, lines };
  const watcher = watcherOf(template, deploy, logger);
  await watcher.start(codePaths);
  return { lines, close: () => watcher.close() };
}

function watcherOf(
  templatePath: string,
  deploy: () => Promise<DeployResult>,
  logger: Logger,
): TemplateWatcher {
  return new TemplateWatcher({
    templatePath,
    clock: systemClock,
    report: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error('the template could not be deployed again', { reason });
    },
    deploy: async () => {
      const { stack, changes, codePaths } = await deploy();
      for (const change of changes) logger.info(change, { stack });
      return codePaths;
    },
  });
}
