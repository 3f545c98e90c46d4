// A store of connections in memory that can be told to fail or to wait.
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type { ConnectionStore } from '#shared/model/store.ts';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';

export class FakeConnectionStore implements ConnectionStore {
  readonly records = new Map<string, ConnectionRecord>();
  failing = false;
  /** Set to hold back what is written until it resolves. */
  gate: Promise<void> | undefined;

  async put(record: ConnectionRecord): Promise<void> {
    await this.gate;
    if (this.failing) throw new StoreUnavailableError('the store is away');
    this.records.set(record.id, record);
  }

  async get(connectionId: string): Promise<ConnectionRecord | undefined> {
    return this.records.get(connectionId);
  }

  async delete(connectionId: string): Promise<void> {
    await this.gate;
    if (this.failing) throw new StoreUnavailableError('the store is away');
    this.records.delete(connectionId);
  }

  async *ofNode(nodeId: string): AsyncIterable<ConnectionRecord> {
    for (const record of [...this.records.values()]) if (record.nodeId === nodeId) yield record;
  }
}
