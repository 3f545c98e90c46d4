// Functions' records and policies in the store; whoever runs them is told of every change.
import type { ResourceKey, ResourceStore, StoredResource, Write } from '#shared/model/store.ts';
import { functionPartsOf, functionsOf } from '#shared/store/keys.ts';
import { noteRegion } from '#shared/store/regions.ts';
import type { FunctionRecord, PolicyRecord } from './function-record.ts';

/** Bus topic; its messages are JSON of `FunctionName`. */
export const FUNCTION_CHANGED = 'function.changed';

/** A function's name within the account. */
export interface FunctionName {
  readonly region: string;
  readonly name: string;
}

/** Everything stored of one function, with the versions that commits expect. */
export interface StoredFunction {
  readonly record: FunctionRecord;
  readonly version: number;
  readonly policy: PolicyRecord | undefined;
  readonly policyVersion: number;
}

/** Where a function's record lies. */
export const functionKey = ({ region, name }: FunctionName): ResourceKey => ({
  partition: functionsOf(region),
  sort: name,
});

/** Reads and writes functions. Commits throw `ConflictError` when somebody else was faster. */
export class Functions {
  readonly #store: ResourceStore;
  readonly #changed: (name: FunctionName) => Promise<void>;

  /** `changed` is called, and waited for, after every commit. */
  constructor(store: ResourceStore, changed: (name: FunctionName) => Promise<void>) {
    this.#store = store;
    this.#changed = changed;
  }

  async get({ region, name }: FunctionName): Promise<StoredFunction | undefined> {
    const [record, policy] = await Promise.all([
      this.#store.get<FunctionRecord>(functionKey({ region, name })),
      this.#store.get<PolicyRecord>(policyKey(region, name)),
    ]);
    if (record === undefined) return undefined;
    return {
      record: record.value,
      version: record.version,
      policy: policy?.value,
      policyVersion: policy?.version ?? 0,
    };
  }

  /** A page in byte order of names; `next` goes into `after`. */
  async list(
    region: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly records: readonly FunctionRecord[]; readonly next?: string }> {
    const found = await this.#store.list<FunctionRecord>(functionsOf(region), page);
    const records = found.items.map(({ value }: StoredResource<FunctionRecord>) => value);
    return found.next === undefined ? { records } : { records, next: found.next };
  }

  /** @param expect version of the record that was read; 0: there must be none. */
  async put(record: FunctionRecord, expect: number): Promise<void> {
    const key = functionKey({ region: record.Region, name: record.FunctionName });
    if (expect === 0) await noteRegion(this.#store, record.Region);
    await this.#commit({ region: record.Region, name: record.FunctionName }, [
      { op: 'put', key, value: record, expect },
    ]);
  }

  /** Replaces the policy of a function that must be as it was read; one without statements goes away. */
  async putPolicy(function_: StoredFunction, policy: PolicyRecord): Promise<void> {
    const { Region: region, FunctionName: name } = function_.record;
    const key = policyKey(region, name);
    const expect = function_.policyVersion;
    const write: Write =
      policy.Statement.length === 0
        ? { op: 'delete', key, expect }
        : { op: 'put', key, value: policy, expect };
    const check: Write = {
      op: 'check',
      key: functionKey({ region, name }),
      expect: function_.version,
    };
    await this.#commit({ region, name }, [check, write]);
  }

  async delete(function_: StoredFunction): Promise<void> {
    const { Region: region, FunctionName: name } = function_.record;
    await this.#commit({ region, name }, [
      {
        op: 'delete',
        key: functionKey({ region, name }),
        expect: function_.version,
      },
      { op: 'delete', key: policyKey(region, name) },
    ]);
  }

  async #commit(name: FunctionName, writes: readonly Write[]): Promise<void> {
    await this.#store.commit(writes);
    await this.#changed(name);
  }
}

function policyKey(region: string, name: string) {
  return { partition: functionPartsOf(region, name), sort: 'policy' };
}
