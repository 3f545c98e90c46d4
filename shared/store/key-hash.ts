// Stands for the value of an API key wherever it is only looked up, so that values are neither compared nor kept there.
import { createHash } from 'node:crypto';

/** SHA-256 in hex. */
export const hashOfKey = (value: string): string =>
  createHash('sha256').update(value).digest('hex');
