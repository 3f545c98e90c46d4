// Rows of connects and closes, plain and over TLS, and of what open sockets cost that do nothing.
import type { Load } from '../generator.ts';
import { GENERATOR_CORE } from '../servers/running.ts';
import { ofRate, type Target } from '../target.ts';
import {
  comparison,
  MEMORY_COLUMNS,
  rateColumns,
  WS,
  WS_TLS,
  type Column,
  type ServerSpec,
  type Settings,
  type Subject,
  type Suite,
} from './suite.ts';

const PARALLEL = 64;
/** Api whose `$connect` is a function; the main one's is a MOCK. */
const GUARDED_API = 'benchguard';

const CLOSES: readonly Column[] = [
  { title: 'closed/s', measure: 'closeRate' },
  { title: 'CPU µs per close', measure: 'closeCpu' },
];

/** AWS lets an account open so many a second. */
const ACCOUNT_LIMIT: Target = { measure: 'rate', bound: 'at least', value: 500 };

/** All suites of connects. */
export function connectSuites(settings: Settings): readonly Suite[] {
  return [storm(settings), stormTls(settings), idle(settings, false), idle(settings, true)];
}

function storm({ short, peers }: Settings): Suite {
  const connections = short ? 1000 : 2000;
  const load: Load = { scenario: 'storm', options: { connections, parallel: PARALLEL } };
  return comparison({
    name: 'connect',
    title: `${connections} connects, ${PARALLEL} handshakes in flight, each with its record in DynamoDB; then closes, each with its record deleted`,
    columns: [...rateColumns('opened'), ...CLOSES],
    subjects: [
      { name: WS, server: { kind: 'reference' }, load },
      ...gateways(false, load).map((subject, at) => ({
        ...subject,
        targets: at === 0 ? [ACCOUNT_LIMIT] : [ofRate(0.3, WS), ACCOUNT_LIMIT],
      })),
      {
        name: 'Postern, $connect function, DynamoDB on the same core',
        server: { kind: 'gateway' },
        apiId: GUARDED_API,
        load,
        targets: [ACCOUNT_LIMIT],
      },
      ...(peers
        ? [
            {
              name: 'serverless-offline, no records',
              server: { kind: 'offline', inProcess: true } as const,
              load,
            },
          ]
        : []),
    ],
  });
}

/** With the embedded DynamoDB on the node's core and on the other one, which the generator uses too. */
function gateways(tls: boolean, load: Load): readonly Subject[] {
  const server = { kind: 'gateway', tls } as const;
  return [
    { name: 'Postern, $connect MOCK, DynamoDB on the same core', server, load },
    {
      name: 'Postern, $connect MOCK, DynamoDB on another core',
      server: { ...server, databaseCore: GENERATOR_CORE },
      load,
    },
  ];
}

function stormTls({ short }: Settings): Suite {
  const connections = short ? 500 : 2000;
  const options = { connections, parallel: PARALLEL };
  const full: Load = { scenario: 'storm', options };
  const resumed: Load = { scenario: 'storm', options: { ...options, resume: true } };
  const reference: ServerSpec = { kind: 'reference', tls: true };
  return comparison({
    name: 'connect-tls',
    title: `The same over TLS 1.3, ${connections} connects, full handshakes and resumed sessions`,
    columns: [...rateColumns('opened'), ...CLOSES, { title: 'resumed %', measure: 'resumed' }],
    subjects: [
      { name: WS_TLS, server: reference, load: full },
      { name: `${WS_TLS}, resumed`, server: reference, load: resumed },
      ...gateways(true, full).map((subject) => ({ ...subject, targets: [ofRate(0.75, WS_TLS)] })),
      ...gateways(true, resumed).map((subject) => ({
        ...subject,
        name: `${subject.name}, resumed`,
        targets: [ofRate(1.5, WS_TLS)],
      })),
    ],
  });
}

function idle({ short, peers }: Settings, tls: boolean): Suite {
  const options = short
    ? { connections: 1000, holdSeconds: 0.5 }
    : { connections: 5000, holdSeconds: 5 };
  const load: Load = { scenario: 'idle', options };
  const base = tls ? WS_TLS : WS;
  const target: Target = tls
    ? { measure: 'memory', bound: 'at most', value: 1.1, of: base }
    : { measure: 'memory', bound: 'at most', value: 12 };
  return comparison({
    name: tls ? 'idle-tls' : 'idle',
    title: `Memory${tls ? ' over TLS' : ''}: ${options.connections} idle connections, resident memory of the process tree`,
    columns: MEMORY_COLUMNS,
    fresh: true,
    subjects: [
      { name: base, server: { kind: 'reference', tls }, load },
      {
        name: 'Postern',
        server: { kind: 'gateway', tls },
        load,
        // So few sockets drown in what the heap keeps for its next collection.
        targets: short ? [] : [target],
      },
      ...(peers && !tls
        ? [
            {
              name: 'serverless-offline',
              server: { kind: 'offline', inProcess: true } as const,
              load,
            },
          ]
        : []),
    ],
  });
}
