// Starts a node of Postern with signatures checked and AWS's rates out of the way.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCESS_KEY, SECRET_KEY } from '../push-request.ts';
import { firstLine, launch, ROOT, running, type Server } from './running.ts';

/** How to start it. */
export interface GatewayOptions {
  readonly tls?: boolean;
  /** Template that it starts with; bench/apps/template.yaml unless told, `false` for none. */
  readonly template?: string | false;
  /** Events that a function's environment takes at once; absent for Postern's default. */
  readonly eventsPerEnvironment?: number;
  /** Folder for CPU profiles of the gateway. */
  readonly profile?: string;
}

const TEMPLATE = join(import.meta.dirname, '../apps/template.yaml');

/** AWS's rates are counted as always, but none of the scenarios is to meet them. */
const CONFIG = `limits:
  requestsPerSecond: 1000000000
  requestBurst: 1000000000
  connectionsPerSecond: 1000000
  connectionBurst: 1000000
`;

/** Resolves when it is ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const child = launch(argumentsOf(options, join(folder, 'data')), {
    POSTERN_CONFIG: written(join(folder, 'postern.yaml'), CONFIG),
    POSTERN_CREDENTIALS: written(
      join(folder, 'credentials'),
      `[bench]\naws_access_key_id = ${ACCESS_KEY}\naws_secret_access_key = ${SECRET_KEY}\n`,
    ),
    ...(options.eventsPerEnvironment !== undefined && {
      POSTERN_EVENTS_PER_ENVIRONMENT: String(options.eventsPerEnvironment),
    }),
    POSTERN_LOG_LEVEL: 'warn',
  });
  const { gateway } = (await firstLine(child)) as { gateway: string };
  return running(child, Number(new URL(gateway).port), () => rmSync(folder, { recursive: true }));
}

function argumentsOf(options: GatewayOptions, data: string): string[] {
  const { tls = false, template = TEMPLATE, profile } = options;
  return [
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    join(ROOT, 'services/postern.mjs'),
    'start',
    ...(template === false ? [] : [template]),
    ...['--json', '--port', '0', '--admin-port', '0', '--data', data],
    ...(tls ? [] : ['--tls', 'off']),
  ];
}

function written(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}
