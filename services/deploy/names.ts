// Physical names for resources whose template gives none, in CloudFormation's form: {stack}-{logicalId}-{random}.
import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const SUFFIX_LENGTH = 12;

/** Twelve random upper-case letters and digits. */
export function physicalSuffix(): string {
  return [...randomBytes(SUFFIX_LENGTH)].map((byte) => ALPHABET.charAt(byte % 36)).join('');
}

/** A fresh physical name of at most `maxLength` characters; stack and logical id are cut as CloudFormation cuts them. */
export function physicalName(stack: string, logicalId: string, maxLength: number): string {
  const room = maxLength - SUFFIX_LENGTH - 2;
  const part = logicalId.slice(0, Math.max(Math.ceil(room / 2), room - stack.length));
  return `${stack.slice(0, room - part.length)}-${part}-${physicalSuffix()}`;
}
