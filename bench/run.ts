// `npm run bench`: every row of the table of targets, against its reference in the same run; prints tables and may write bench/README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freshServers, SharedServers } from './servers/lend.ts';
import { connectSuites } from './suites/connect.ts';
import { echoSuites } from './suites/echo.ts';
import { MANY, START } from './suites/growth.ts';
import { pushSuites } from './suites/push.ts';
import { RESTART } from './suites/restart.ts';
import type { Servers, Settings, Suite } from './suites/suite.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** One round of half a second with fewer sockets, to see that everything works and about what it costs. */
    short: { type: 'boolean', default: false },
    /** Other servers with this wire format as well; they are installed when they are missing. */
    peers: { type: 'boolean', default: false },
    /** Folder for CPU profiles of the gateway; the figures of such a run say nothing. */
    profile: { type: 'string' },
  },
});

const settings: Settings = {
  ...{ short: options.short, peers: options.peers },
  rounds: options.short ? 1 : Number(options.rounds),
  seconds: options.short ? 0.5 : Number(options.seconds),
  ...(options.profile === undefined ? {} : { profile: options.profile }),
};

function allSuites(): readonly Suite[] {
  return [
    ...echoSuites(settings),
    ...pushSuites(settings),
    ...connectSuites(settings),
    MANY,
    START,
    RESTART,
  ];
}

function wanted(): readonly Suite[] {
  const all = allSuites();
  const names = options.only?.split(',');
  const unknown = names?.filter((name) => !all.some((suite) => suite.name === name)) ?? [];
  if (unknown.length === 0) return all.filter(({ name }) => names?.includes(name) ?? true);
  const known = all.map(({ name }) => name).join(', ');
  throw new Error(`there is no suite ${unknown.join(', ')}; there are ${known}`);
}

async function report(servers: Servers): Promise<readonly string[]> {
  const sections: string[] = [];
  for (const suite of wanted()) {
    const table = await attempt(suite, () => suite.measure(servers, settings));
    const section = `### ${suite.title}\n\n${table}\n`;
    console.log(section);
    sections.push(section);
  }
  return sections;
}

/** A suite that fails makes the bench fail at its end; the others have their turn first. */
async function attempt({ name }: Suite, run: () => Promise<string>): Promise<string> {
  try {
    return await run();
  } catch (error) {
    console.error(`${name}:`, error);
    process.exitCode = 1;
    return 'Not measured: it failed.';
  }
}

/** Replaces what lies behind the mark. */
function writeReadme(sections: readonly string[]): void {
  const path = join(import.meta.dirname, 'README.md');
  const [head] = readFileSync(path, 'utf8').split('<!-- results -->');
  writeFileSync(path, `${head}<!-- results -->\n\n${caption()}\n\n${sections.join('\n')}`);
}

function caption(): string {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  const rounds = `${settings.rounds} rounds of ${settings.seconds} s, medians`;
  return `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}; ${rounds}.`;
}

if (options.short) {
  const servers = new SharedServers();
  await report(servers).finally(() => servers.close());
} else {
  const sections = await report(freshServers(options.profile));
  if (options.write) writeReadme(sections);
}
