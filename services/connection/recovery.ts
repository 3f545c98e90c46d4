// Ends the connections that nodes which are no more have left in the store.
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

/** Runs DISCONNECT for every connection of the nodes `nodeIds` whose stage still exists, and deletes its record. */
export async function recoverConnections(
  nodeIds: readonly string[],
  deps: RecoveryDeps,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const nodeId of nodeIds) {
    let found = 0;
    for await (const record of deps.store.ofNode(nodeId)) {
      found++;
      if (running.size >= CONCURRENCY) await Promise.race(running);
      const done: Promise<void> = recoverOne(record, deps).finally(() => running.delete(done));
      running.add(done);
    }
    deps.logger.info('recovered connections of a dead node', { nodeId, connections: found });
  }
  await Promise.all(running);
}

/** The record goes last: a node that dies meanwhile leaves it to the next one. */
async function recoverOne(record: ConnectionRecord, deps: RecoveryDeps): Promise<void> {
  const { store, stages, logger } = deps;
  const stage = currentStage(stages, record);
  if (stage !== undefined) await deps.end(stage, record);
  try {
    await store.delete(record.id);
  } catch (error) {
    logger.error('record of a dead connection could not be deleted', {
      connectionId: record.id,
      error,
    });
  }
}
