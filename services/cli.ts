// The `postern` command: each command's flags, handed to the configuration and to the service that does it.
import { Command, CommanderError } from 'commander';
import type { ConnectFlags } from '#services/connect/options.ts';
import { ConfigError, readConfig, type Config } from './config.ts';

/** Exit codes of the contract. */
const EXIT = { ok: 0, failed: 1, configuration: 2, template: 3 } as const;

/** Runs the command line `args` (without node and script). Sets the exit code; never throws. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function program(): Command {
  const root = new Command('postern')
    .description("An open gateway that speaks Amazon API Gateway's own wire formats.")
    .exitOverride()
    .showHelpAfterError('(postern --help lists the commands)');
  root.addCommand(startCommand());
  root.addCommand(deployCommand());
  root.addCommand(connectCommand());
  root.addCommand(tailCommand());
  return root;
}

function startCommand(): Command {
  return new Command('start')
    .description('run a node; with a SAM or CloudFormation template, deploy it at start')
    .argument('[template]', 'template file (YAML or JSON)')
    .option('--port <number>', 'gateway port, 0 for a free one (8443)')
    .option('--admin-port <number>', 'admin port (8444)')
    .option('--host <address>', 'gateway address (127.0.0.1)')
    .option('--admin-host <address>', 'admin address (127.0.0.1)')
    .option('--public-url <url>', 'what canonical names are made of behind a balancer')
    .option('--data <folder>', 'data folder (.postern)')
    .option('--ca <folder>', 'certificate authority shared by nodes (DATA/ca)')
    .option('--dynamodb <url>', 'DynamoDB endpoint (embedded)')
    .option('--redis <url>', 'Redis for several nodes (one node alone)')
    .option('--table-prefix <text>', 'beginning of table names (postern)')
    .option('--region <name>', 'region of templates and of requests without one (us-east-1)')
    .option('--account <id>', 'account id (000000000000)')
    .option('--limits <profile>', "aws: AWS's limits; open: lifted (aws)")
    .option('--tls <on|off>', 'off: plain HTTP on the gateway, behind a proxy that ends TLS')
    .option('--stack <name>', "the template's stack name (its folder's name)")
    .option('--parameters <list>', 'template parameters, Name=value,Name=value')
    .option('--skip-unsupported', 'leave out resources of types that are not supported')
    .option('--delete-data', 'let tables with data be removed or replaced')
    .option('--watch', 'redeploy when handlers or the template change')
    .option('--json', 'JSON lines on standard output; the first is the ready line')
    .option('--test', 'virtual clock and reset on the admin listener')
    .option('--log-level <level>', 'debug, info, warn or error (info)')
    .option('--config <file>', 'configuration file (postern.yaml)')
    .exitOverride()
    .action(async (template: string | undefined, flags: Record<string, unknown>) => {
      const { config: file, ...given } = flags;
      const config = readConfig({
        flags: { ...given, ...(template === undefined ? {} : { template }) },
        env: process.env,
        cwd: process.cwd(),
        ...(typeof file === 'string' ? { file } : {}),
      });
      await start(config);
    });
}

/** The node is imported only when it is wanted: help and faults answer at once. */
async function start(config: Config): Promise<void> {
  const { runNode } = await import('./run.ts');
  process.exitCode = await runNode(config);
}

function deployCommand(): Command {
  return new Command('deploy')
    .description('deploy or update a SAM or CloudFormation template on a running node')
    .argument('<template>', 'template file (YAML or JSON)')
    .option('--stack <name>', "stack name (the template's folder's name)")
    .option('--endpoint <url>', 'admin address of the node', 'https://localhost:8444')
    .option('--region <name>', 'region', process.env['AWS_REGION'] ?? 'us-east-1')
    .option('--parameters <list>', 'template parameters, Name=value,Name=value')
    .option('--ca <file>', "the node's ca.pem (AWS_CA_BUNDLE and .postern/ca/ca.pem)")
    .option('--skip-unsupported', 'leave out resources of types that are not supported')
    .option('--delete-data', 'let tables with data be removed or replaced')
    .option('--json', 'the result as JSON')
    .exitOverride()
    .action(async (template: string, flags: Record<string, string | boolean | undefined>) => {
      const { runDeploy } = await import('./run-deploy.ts');
      process.exitCode = await runDeploy(template, flags);
    });
}

function connectCommand(): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return new Command('connect')
    .description('talk with a WebSocket API: a prompt in a terminal, or lines out of a pipe')
    .argument('<url>', 'wss://… address of a stage')
    .option('--header <line>', 'header of the handshake, "Name: value"; any number', collect, [])
    .option('--subprotocol <name>', 'subprotocol to offer; any number', collect, [])
    .option('--ca <file>', 'certificates to trust besides (AWS_CA_BUNDLE, else .postern/ca/ca.pem)')
    .option('--cert <file>', 'certificate to show to a domain with mutual TLS')
    .option('--key <file>', 'its private key (in the same file)')
    .option('--ping <seconds>', 'send a ping this often')
    .option('--reconnect', 'try again when the connection is lost')
    .option('--timestamps', 'the time before each message, also in a pipe')
    .option(
      '--wait <seconds>',
      'after the last line, until nothing has come for so long (1; 30 with --count); forever',
    )
    .option('--count <number>', 'end after this many messages; fewer are a failure')
    .option('--no-history', 'keep nothing of what is typed')
    .addHelpText(
      'after',
      '\nExit codes: 0 closed, 1 lost, 2 wrong arguments, 4 handshake refused, 141 unread (| head).',
    )
    .exitOverride()
    .action(async (url: string, flags: ConnectFlags) => {
      const { runConnect } = await import('#services/connect/connect.ts');
      process.exitCode = await runConnect(url, flags);
    });
}

function tailCommand(): Command {
  return new Command('tail')
    .description(
      "a running node's lines as they come: access and execution logs, functions' output",
    )
    .option('--endpoint <url>', 'admin address of the node', 'https://localhost:8444')
    .option('--region <name>', 'region to sign for', process.env['AWS_REGION'] ?? 'us-east-1')
    .option('--ca <file>', "the node's ca.pem (AWS_CA_BUNDLE and .postern/ca/ca.pem)")
    .option('--events <list>', 'kinds of lines: access, function, log (all)')
    .option('--json', 'JSON lines')
    .exitOverride()
    .action(async (flags: Record<string, string | boolean | undefined>) => {
      const { runTail } = await import('./run-tail.ts');
      process.exitCode = await runTail(flags);
    });
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.configuration;
  }
  if (error instanceof ConfigError) {
    for (const { field, message } of error.faults) process.stderr.write(`${field}: ${message}\n`);
    return EXIT.configuration;
  }
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.failed;
}
