// The two servers whose curves are drawn beside each other: Postern's MOCK route, and a bare `ws` server.
import type { Job, Load } from '../generator.ts';
import { generate } from '../generate.ts';
import type { Result } from '../scenarios/subject.ts';
import { startGateway } from '../servers/gateway.ts';
import { startReference } from '../servers/reference.ts';
import type { Server } from '../servers/running.ts';
import { MAIN_API } from '../suites/suite.ts';

/** A server that is started for each point. */
export interface CurveSubject {
  readonly name: string;
  readonly start: () => Promise<Server>;
  /** Path of a handshake. */
  readonly path: string;
  readonly kind:
    { readonly kind: 'reference' } | { readonly kind: 'gateway'; readonly apiId: string };
}

export const SUBJECTS: readonly CurveSubject[] = [
  {
    name: 'Postern, MOCK route',
    start: () => startGateway(),
    path: `/_aws/execute-api/${MAIN_API}/bench`,
    kind: { kind: 'gateway', apiId: MAIN_API },
  },
  { name: 'bare ws', start: () => startReference(), path: '/', kind: { kind: 'reference' } },
];

/** One run of a load against a running subject. */
export function drive(subject: CurveSubject, server: Server, load: Load): Promise<Result> {
  const job: Job = { ...subject.kind, ...load };
  return generate(job, server);
}
