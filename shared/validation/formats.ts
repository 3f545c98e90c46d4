// Formats of strings in JSON Schema draft 4, section 7.3; each test is linear in the length of the text.
import { isIPv4, isIPv6 } from 'node:net';
import { isPattern } from '#shared/mapping/pattern.ts';

/** A format: whether a text has it, and how a fault says that it has not. */
export interface Format {
  readonly test: (text: string) => boolean;
  readonly fault: string;
}

const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,12})?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const HOST_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
/** RFC 3986's characters; relative references are URIs to AWS's validator too. */
const URI = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%\u0080-\uFFFF]*$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/** By name. */
export const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['date-time', { test: isDateTime, fault: 'invalid against requested date format(s) date-time' }],
  ['email', { test: (text) => EMAIL.test(text), fault: 'not a valid email address' }],
  ['hostname', { test: isHostname, fault: 'not a valid hostname' }],
  ['ipv4', { test: isIPv4, fault: 'not a valid IPv4 address' }],
  [
    'ipv6',
    { test: (text) => isIPv6(text) && !text.includes('%'), fault: 'not a valid IPv6 address' },
  ],
  ['regex', { test: isPattern, fault: 'not a valid ECMA 262 regular expression' }],
  ['uri', { test: (text) => URI.test(text) && !BAD_ESCAPE.test(text), fault: 'not a valid URI' }],
]);

function isDateTime(text: string): boolean {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

const HOST_CHARACTERS = 253;

function isHostname(text: string): boolean {
  return text.length <= HOST_CHARACTERS && text.split('.').every((part) => HOST_LABEL.test(part));
}
