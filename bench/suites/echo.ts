// Rows of messages that come back: by MOCK and Lambda routes, plain and over TLS, small and of 16 KB.
import type { Load } from '../generator.ts';
import type { EchoOptions } from '../scenarios/echo.ts';
import { ofRate, type Target } from '../target.ts';
import {
  comparison,
  rateColumns,
  WS,
  WS_TLS,
  type ServerSpec,
  type Settings,
  type Subject,
  type Suite,
} from './suite.ts';

const OFFLINE = 'serverless-offline, worker threads (its default), 10 connections, 1 in flight';
const SEVERAL = 1000;
const LARGE_BYTES = 16_384;

/** Where the issue bounds the CPU too. */
const ofCpu = (value: number, of: string): Target => {
  return { measure: 'cpu', bound: 'at most', value, of };
};

/** All suites of echoes. */
export function echoSuites(settings: Settings): readonly Suite[] {
  return [
    plain(1, settings),
    plain(16, settings),
    tls(1, settings),
    tls(16, settings),
    large(settings),
  ];
}

function plain(inFlight: number, settings: Settings): Suite {
  const load = loads(inFlight, settings);
  const lambda = inFlight === 16;
  const queued = queuedLoad(inFlight, settings);
  const oneEvent: readonly Target[] = [
    ofRate(0.15, WS),
    { measure: 'cpu', bound: 'at most', value: 40 },
  ];
  return comparison({
    name: `echo${inFlight}`,
    title: `Echo, 114 bytes, 100 connections, ${inFlight} in flight on each`,
    columns: rateColumns('messages'),
    subjects: [
      { name: WS, server: { kind: 'reference' }, load: load('echo') },
      mock({ kind: 'gateway' }, load('mock'), mockTargets(inFlight, WS)),
      {
        name: `Postern, Lambda route, default settings (one event at a time), ${queued.connections} connections`,
        server: { kind: 'gateway' },
        load: loads(inFlight, settings, queued)('echo'),
        targets: lambda ? oneEvent : [],
      },
      {
        name: `Postern, Lambda route, one event at a time, one environment (process), ${queued.connections} connections`,
        server: { kind: 'gateway', environments: 1 },
        load: loads(inFlight, settings, queued)('echo'),
      },
      {
        name: 'Postern, Lambda route, several events an environment',
        server: { kind: 'gateway', eventsPerEnvironment: SEVERAL },
        load: load('echo'),
        targets: lambda ? [ofRate(0.25, WS), ofRate(10, OFFLINE)] : [],
      },
      ...(settings.peers ? offline(inFlight, settings) : []),
    ],
  });
}

function tls(inFlight: number, settings: Settings): Suite {
  const load = loads(inFlight, settings);
  return comparison({
    name: `echo${inFlight}-tls`,
    title: `Echo over TLS 1.3, 114 bytes, 100 connections, ${inFlight} in flight on each`,
    columns: rateColumns('messages'),
    subjects: [
      { name: WS_TLS, server: { kind: 'reference', tls: true }, load: load('echo') },
      mock({ kind: 'gateway', tls: true }, load('mock'), mockTargets(inFlight, WS_TLS)),
    ],
  });
}

function large(settings: Settings): Suite {
  const load = loads(1, settings, { bytes: LARGE_BYTES });
  const base = 'ws with bufferutil (its native code loaded)';
  return comparison({
    name: 'echo-16k',
    title: 'Echo, 16 KB, 100 connections, 1 in flight on each',
    columns: rateColumns('messages'),
    subjects: [
      { name: base, server: { kind: 'reference' }, load: load('echo') },
      mock({ kind: 'gateway' }, load('mock'), [ofRate(0.7, base)]),
    ],
  });
}

function mock(server: ServerSpec, load: Load, targets: readonly Target[]): Subject {
  return { name: 'Postern, MOCK route with a template', server, load, targets };
}

/** One message at a time costs what it costs; with sixteen the writes of a turn leave as one. */
function mockTargets(inFlight: number, of: string): readonly Target[] {
  return inFlight === 1 ? [ofRate(0.65, of), ofCpu(1.6, of)] : [ofRate(2, of)];
}

/** In worker threads each event at once is a thread: more than a few and it answers nothing. */
function offline(inFlight: number, settings: Settings): readonly Subject[] {
  const threads = loads(1, settings, { connections: 10, parallel: 1, growSeconds: 3 });
  return [
    { name: OFFLINE, server: { kind: 'offline' }, load: threads('echo') },
    {
      name: 'serverless-offline, functions in its own process',
      server: { kind: 'offline', inProcess: true },
      load: loads(inFlight, settings)('echo'),
    },
  ];
}

/**
 * What default settings take: above about a thousand events at once invocations are throttled, as AWS does it. The
 * node needs a while to start its environments.
 */
function queuedLoad(inFlight: number, { short }: Settings) {
  return { connections: inFlight === 1 ? 100 : 60, growSeconds: short ? 3 : 30 };
}

function loads(inFlight: number, { seconds, short }: Settings, more: Partial<EchoOptions> = {}) {
  const warmUpSeconds = short ? 0.5 : 1;
  return (action: string): Load => {
    const options = { action, connections: 100, inFlight, seconds, warmUpSeconds, ...more };
    return { scenario: 'echo', options };
  };
}
