// Ends the connections that nodes which are no more have left in the store.
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { Connection, ConnectionRecord } from '#shared/model/connection.ts';
import type { Stage, StageSource } from '#shared/model/stage.ts';
import type { ConnectionStore } from '#shared/model/store.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { currentStage } from './socket.ts';

/** What recovering needs. */
export interface RecoveryDeps {
  readonly store: ConnectionStore;
  readonly stages: StageSource;
  readonly logger: Logger;
  /** Runs the DISCONNECT of `connection`; never rejects. */
  end(stage: Stage, connection: Connection): Promise<void>;
}

/** DISCONNECTs under way at once. */
const CONCURRENCY = 16;

/**
 * Runs DISCONNECT for every connection of the nodes `nodeIds` whose stage still exists, and deletes its record. Rejects
 * with `StoreUnavailableError` if the store could not be read or records are left: to be tried again.
 */
export async function recoverConnections(
  nodeIds: readonly string[],
  deps: RecoveryDeps,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let left = 0;
  for (const nodeId of nodeIds) {
    let found = 0;
    for await (const record of deps.store.ofNode(nodeId)) {
      found++;
      if (running.size >= CONCURRENCY) await Promise.race(running);
      const done: Promise<void> = recoverOne(record, deps)
        .catch((error: unknown) => {
          left++;
          const fields = { connectionId: record.id, error };
          deps.logger.error('record of a dead connection could not be deleted', fields);
        })
        .finally(() => running.delete(done));
      running.add(done);
    }
    deps.logger.info('recovered connections of a dead node', { nodeId, connections: found });
  }
  await Promise.all(running);
  if (left > 0) throw new StoreUnavailableError(`${left} records of dead connections are left`);
}

/** The record goes last: a node that dies meanwhile leaves it to the next one. */
async function recoverOne(record: ConnectionRecord, deps: RecoveryDeps): Promise<void> {
  const stage = currentStage(deps.stages, record);
  if (stage !== undefined) await deps.end(stage, record);
  await deps.store.delete(record.id);
}
