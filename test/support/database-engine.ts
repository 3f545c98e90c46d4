// The embedded database without its thread and listener, for unit tests of what it does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Disk } from '#services/dynamodb/disk.ts';
import type { Data } from '#services/dynamodb/dynalite.ts';
import type { Engine } from '#services/dynamodb/engine.ts';
import { toFailure } from '#services/dynamodb/failure.ts';
import { OPERATIONS } from '#services/dynamodb/operations.ts';

/** A database in a temporary folder, and a way to call its operations. */
export interface TestEngine extends Engine {
  readonly folder: string;
  /** The answer of an operation, its JSON parsed; rejects with its `Failure`. */
  call(operation: string, input: Data): Promise<Data>;
  /** Closes the database; `reopen` opens its folder again. */
  close(): Promise<void>;
}

/** Opens a database in `folder`, or in a new one. */
export async function openEngine(folder?: string): Promise<TestEngine> {
  const at = folder ?? mkdtempSync(join(tmpdir(), 'postern-engine-'));
  const disk = await Disk.open(at, false);
  const engine: Engine = {
    disk,
    place: { region: 'us-east-1', accountId: '000000000000' },
    now: () => Date.now(),
  };
  return {
    ...engine,
    folder: at,
    close: () => disk.close(),
    call: async (operation, input) => {
      const run = OPERATIONS.get(operation);
      if (run === undefined) throw new Error(`no operation ${operation}`);
      try {
        const output = await run(engine, structuredClone(input), { host: 'localhost' });
        return typeof output === 'string' ? (JSON.parse(output) as Data) : output;
      } catch (error) {
        throw toFailure(error);
      }
    },
  };
}

/** Closes a database and removes its folder. */
export async function dropEngine(engine: TestEngine): Promise<void> {
  await engine.close();
  rmSync(engine.folder, { recursive: true, force: true });
}
