// Rows of pushes: one POST for each recipient, on one node and by Redis to another.
import type { Load } from '../generator.ts';
import { comparison, rateColumns, type Settings, type Suite } from './suite.ts';

const BARE = 'node:http + ws.send';
const CONNECTIONS = 200;
const POSTERS = 16;

/** All suites of pushes. */
export function pushSuites({ seconds, peers }: Settings): readonly Suite[] {
  const options = { connections: CONNECTIONS, posters: POSTERS, seconds };
  const load: Load = { scenario: 'fanOut', options };
  const framedOnce: Load = { scenario: 'fanOut', options: { ...options, framedOnce: true } };
  return [
    comparison({
      name: 'push',
      title: `Pushes: one @connections POST of 114 bytes per recipient, ${CONNECTIONS} connections, ${POSTERS} keep-alive posters`,
      columns: rateColumns('deliveries'),
      subjects: [
        { name: BARE, server: { kind: 'reference' }, load },
        {
          name: 'Postern, signatures checked',
          server: { kind: 'gateway' },
          load,
          targets: [
            { measure: 'rate', bound: 'at least', value: 0.5, of: BARE },
            { measure: 'rate', bound: 'at least', value: 10_000 },
          ],
        },
        {
          name: 'Postern, two nodes by Redis (CPU of both nodes)',
          server: { kind: 'cluster' },
          load,
        },
        ...(peers
          ? [
              {
                name: 'serverless-offline, unsigned',
                server: { kind: 'offline', inProcess: true } as const,
                load,
              },
            ]
          : []),
        {
          name: 'node:http + bare sockets, one POST for all, framed once',
          server: { kind: 'reference' },
          load: framedOnce,
        },
      ],
    }),
  ];
}
