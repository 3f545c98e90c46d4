// The bounds of a commit and the text of its values, the same for every implementation of the resource store.
import type { ResourceKey, Write } from '#shared/model/store.ts';

/** Largest value as JSON text, in bytes; what may be larger goes through a `BlobStore`. */
export const MAX_VALUE_BYTES = 300 * 1024;
/** Most writes of one commit. DynamoDB: TransactWriteItems takes 100 actions. */
export const MAX_WRITES = 100;
/** Most bytes of one commit. DynamoDB: the items of a transaction are 4 MB together at most. */
export const MAX_COMMIT_BYTES = 4 * 1024 * 1024;

/** A commit that no store could take: a value or the whole is too large, or a key comes twice. A caller's mistake. */
export class InvalidCommitError extends Error {}

/** A key in one string; keys differ exactly when these do. */
export function keyText(key: ResourceKey): string {
  return `${key.partition}\u0000${key.sort}`;
}

/** The writes with the JSON text of their values (empty for a delete or check); throws `InvalidCommitError`. */
export function encodeWrites(writes: readonly Write[]): { write: Write; text: string }[] {
  if (writes.length > MAX_WRITES) {
    throw new InvalidCommitError(`a commit has at most ${MAX_WRITES} writes, not ${writes.length}`);
  }
  if (new Set(writes.map(({ key }) => keyText(key))).size < writes.length) {
    throw new InvalidCommitError('a commit writes each key once');
  }
  const encoded = writes.map((write) => ({ write, text: encodeValue(write) }));
  const bytes = encoded.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_COMMIT_BYTES) {
    throw new InvalidCommitError(`a commit has at most ${MAX_COMMIT_BYTES} bytes, not ${bytes}`);
  }
  return encoded;
}

function encodeValue(write: Write): string {
  if (write.op !== 'put') return '';
  const text = JSON.stringify(write.value) as string | undefined;
  const { partition, sort } = write.key;
  if (text === undefined) {
    throw new InvalidCommitError(`the value of ${partition} / ${sort} is not JSON`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VALUE_BYTES) {
    throw new InvalidCommitError(
      `the value of ${partition} / ${sort} has ${bytes} bytes, more than ${MAX_VALUE_BYTES}`,
    );
  }
  return text;
}
