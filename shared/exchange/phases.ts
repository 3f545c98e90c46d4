// Notes on an exchange how long its phases took and how they ended, for access logs.
import type { Exchange, Phase, PhaseOutcome } from '#shared/model/exchange.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { GatewayError } from './errors.ts';

/** What a phase may note of itself while it runs. */
export type PhaseNotes = {
  -readonly [Member in 'requestId' | 'integrationStatus']?: PhaseOutcome[Member];
};

/**
 * Runs a phase and notes its latency and status, and its error when it throws, which it then throws again. Where nobody
 * reads phases it only runs it.
 */
export async function inPhase<T>(
  exchange: Exchange,
  phase: Phase,
  options: { readonly clock: Clock; readonly run: (notes: PhaseNotes) => T | Promise<T> },
): Promise<T> {
  const { clock, run } = options;
  const notes: PhaseNotes = {};
  const { phases } = exchange;
  const begin = clock.now();
  const note = (outcome: PhaseOutcome): void => {
    if (phases !== undefined) {
      phases[phase] = { latency: clock.now() - begin, ...outcome, ...notes };
    }
  };
  try {
    const result = await run(notes);
    note({ status: 200 });
    return result;
  } catch (error) {
    note(error instanceof GatewayError ? failed(error) : { status: 500 });
    throw error;
  }
}

function failed({ status, message }: GatewayError): PhaseOutcome {
  return { status, error: message };
}
