// Echo by size of a message and by messages in flight: CPU of the server for one message.
import { cpuMicros } from '../outcome.ts';
import type { EchoOptions } from '../scenarios/echo.ts';
import { Figures, type Curve, type CurveOptions } from './curve.ts';
import { drive, SUBJECTS } from './subjects.ts';

const SIZES = [32, 128, 512, 2048, 8192, 32_768, 131_072] as const;
const IN_FLIGHT = [1, 2, 4, 8, 16, 32, 64] as const;
const CONNECTIONS = 50;

/** CPU by the size of messages, one in flight on each connection. */
export async function sizeCurve(options: CurveOptions): Promise<readonly Curve[]> {
  const sizes = options.short ? SIZES.filter((_, at) => at % 3 === 0) : SIZES;
  const series = await echoes(options, sizes, (bytes) => ({ bytes, inFlight: 1 }));
  const curve = {
    name: 'message-size',
    title: 'Echo by size of the message, 50 connections, 1 in flight',
    x: 'size of a message',
    unit: 'bytes' as const,
    y: 'CPU µs per message',
    log: true,
  };
  return [{ ...curve, series }];
}

/** CPU by the messages in flight on each connection. */
export async function inFlightCurve(options: CurveOptions): Promise<readonly Curve[]> {
  const numbers = options.short ? IN_FLIGHT.filter((_, at) => at % 3 === 0) : IN_FLIGHT;
  const series = await echoes(options, numbers, (inFlight) => ({ inFlight }));
  const curve = {
    name: 'in-flight',
    title: 'Echo by messages in flight, 114 bytes, 50 connections',
    x: 'messages in flight on each connection',
    unit: 'count' as const,
    y: 'CPU µs per message',
    log: false,
  };
  return [{ ...curve, series }];
}

async function echoes(
  { rounds, seconds }: CurveOptions,
  xs: readonly number[],
  settingsOf: (x: number) => Partial<EchoOptions> & Pick<EchoOptions, 'inFlight'>,
): Promise<Curve['series']> {
  const figures = new Figures();
  for (let round = 0; round < rounds; round++) {
    for (const subject of SUBJECTS) {
      const server = await subject.start();
      try {
        const micros = async (x: number): Promise<number> => {
          const options = { action: 'mock', connections: CONNECTIONS, seconds, ...settingsOf(x) };
          return cpuMicros(await drive(subject, server, { scenario: 'echo', options }));
        };
        await micros(xs[0] ?? 1); // a fresh server's code is not hot
        for (const x of xs) figures.add(subject.name, x, await micros(x));
      } finally {
        await server.stop();
      }
    }
  }
  return figures.series;
}
