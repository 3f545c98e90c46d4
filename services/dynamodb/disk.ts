// LevelDB with one writer: units of work run one after the other, each whole, and what they write lands in atomic batches.
import { assertRoom } from './disk-room.ts';
import { ClassicLevel, type LevelDb, type LevelOperation, type Range } from './dynalite.ts';

/** A write that LevelDB refused (disk full, broken file): nothing of the unit of work is there. */
export class DiskWriteError extends Error {}

/** What a unit of work sees: the last state, with its own writes on top. */
export interface UnitOfWork {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  del(key: string): void;
}

/** Writes by key; `undefined` deletes. */
type Writes = Map<string, string | undefined>;

interface Group {
  readonly writes: Writes;
  readonly done: PromiseWithResolvers<void>;
}

const READ_AHEAD = 100;
const LEVEL_OPTIONS = {
  keyEncoding: 'utf8',
  valueEncoding: 'utf8',
  cacheSize: 32 * 1024 * 1024,
  writeBufferSize: 16 * 1024 * 1024,
};

/**
 * One LevelDB in a folder. Units of work are synchronous functions, so no two of them mix; those that come while a
 * batch is being written go together into the next one. A batch is there whole or not at all, also after a kill.
 */
export class Disk {
  readonly #level: LevelDb;
  /** Wait until the disk has it (fsync): also survives a loss of power, at the price of some milliseconds a batch. */
  readonly #sync: boolean;
  /** Rejects when there is no room to open the database again. */
  readonly #room: () => Promise<void>;
  #writing: Group | undefined;
  #gathering: Group | undefined;
  #broken = false;
  #reopening: Promise<void> | undefined;

  constructor(level: LevelDb, sync: boolean, room: () => Promise<void>) {
    this.#level = level;
    this.#sync = sync;
    this.#room = room;
  }

  /** Opens, or makes, the database in `folder`. Rejects when another process has it open. */
  static async open(folder: string, sync: boolean): Promise<Disk> {
    const level = new ClassicLevel(folder, LEVEL_OPTIONS);
    await level.open();
    return new Disk(level, sync, () => assertRoom(folder));
  }

  /** Runs `work` and resolves with its result when its writes are durable. What it throws comes back, unwritten. */
  async run<T>(work: (unit: UnitOfWork) => T): Promise<T> {
    if (this.#reopening !== undefined || this.#level.status !== 'open') await this.#reopen();
    const writes: Writes = new Map();
    const unit: UnitOfWork = {
      get: (key) => (writes.has(key) ? writes.get(key) : this.#latest(key)),
      put: (key, value) => void writes.set(key, value),
      del: (key) => void writes.set(key, undefined),
    };
    try {
      return work(unit);
    } catch (error) {
      writes.clear();
      throw error;
    } finally {
      await this.#settle(writes);
    }
  }

  /** The durable value of a key. */
  get(key: string): string | undefined {
    return this.#readable().getSync(key);
  }

  /** Durable values of one moment: none of them from before and others from after a unit of work. */
  getAll<T>(read: (get: (key: string) => string | undefined) => T): T {
    const level = this.#readable();
    const snapshot = level.snapshot();
    try {
      return read((key) => level.getSync(key, { snapshot }));
    } finally {
      void snapshot.close();
    }
  }

  /** Durable entries of a range as they are now, some at a time. */
  async *pages(range: Range): AsyncGenerator<[string, string][], void, undefined> {
    const iterator = this.#readable().iterator(range);
    try {
      for (;;) {
        const entries = await iterator.nextv(READ_AHEAD);
        if (entries.length === 0) return;
        yield entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Deletes a range that nobody writes to any more. */
  async clear(range: Range): Promise<void> {
    await this.#level.clear(range);
  }

  /** Waits for what is being written and closes. */
  async close(): Promise<void> {
    await this.#settle(new Map());
    await this.#level.close();
  }

  #latest(key: string): string | undefined {
    for (const group of [this.#gathering, this.#writing]) {
      if (group?.writes.has(key) === true) return group.writes.get(key);
    }
    return this.#level.getSync(key);
  }

  /** Also a unit that wrote nothing waits: what it answers may rest on writes that are not durable yet. */
  async #settle(writes: Writes): Promise<void> {
    const group = writes.size > 0 ? this.#join(writes) : (this.#gathering ?? this.#writing);
    await group?.done.promise;
  }

  #join(writes: Writes): Group {
    const group = (this.#gathering ??= { writes: new Map(), done: Promise.withResolvers() });
    for (const [key, value] of writes) group.writes.set(key, value);
    if (this.#writing === undefined) void this.#write();
    return group;
  }

  async #write(): Promise<void> {
    while (this.#gathering !== undefined) {
      const group = (this.#writing = this.#gathering);
      this.#gathering = undefined;
      try {
        await this.#commit(group.writes);
        group.done.resolve();
      } catch (error) {
        this.#fail(group, error);
      } finally {
        this.#writing = undefined;
      }
    }
  }

  async #commit(writes: Writes): Promise<void> {
    if (this.#broken) await this.#reopen();
    const operations = [...writes].map(([key, value]): LevelOperation =>
      value === undefined ? { type: 'del', key } : { type: 'put', key, value },
    );
    await this.#level.batch(operations, { sync: this.#sync });
  }

  /** Whoever has come meanwhile has seen what is not there now, so they fail too. */
  #fail(group: Group, cause: unknown): void {
    this.#broken = true;
    const error =
      cause instanceof DiskWriteError
        ? cause
        : new DiskWriteError('the database cannot write', { cause });
    const gathering = this.#gathering;
    this.#gathering = undefined;
    group.done.reject(error);
    gathering?.done.reject(error);
  }

  /** Reads go on while writes are refused; only the moment of opening again is without them. */
  #readable(): LevelDb {
    if (this.#level.status === 'open') return this.#level;
    // Whoever comes after may find it open; this one is told why it is not.
    this.#reopen().catch(() => undefined);
    throw new DiskWriteError('the database is being opened again');
  }

  /** After a write that failed, only a database that has read its log again is known to be sound. */
  #reopen(): Promise<void> {
    return (this.#reopening ??= this.#tryReopen().finally(() => {
      this.#reopening = undefined;
    }));
  }

  async #tryReopen(): Promise<void> {
    try {
      await this.#room();
      await this.#level.close();
      await this.#level.open();
      this.#broken = false;
    } catch (cause) {
      throw new DiskWriteError('the database cannot be opened again', { cause });
    }
  }
}
