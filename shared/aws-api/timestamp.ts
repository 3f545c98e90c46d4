// Timestamps on the wire: ISO date-times, HTTP dates and epoch seconds.
import type { TimestampFormat } from './shape.ts';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** `undefined` when `value` is not a timestamp of that format. Numbers are always epoch seconds. */
export function parseTimestamp(value: string | number, format: TimestampFormat): Date | undefined {
  if (format === 'date-time' && (typeof value !== 'string' || !DATE_TIME.test(value))) {
    return undefined;
  }
  if (format === 'epoch-seconds' && value === '') return undefined;
  const date = format === 'epoch-seconds' ? new Date(Number(value) * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Whole seconds are cut, not rounded: v2 writes `2020-04-07T20:21:59Z` and v1 integers. With `milliseconds`
 * date-times always carry three digits (@connections) and epoch numbers a fraction when there is one.
 */
export function formatTimestamp(
  date: Date,
  format: TimestampFormat,
  milliseconds: boolean,
): string | number {
  const ms = milliseconds ? date.getTime() : Math.floor(date.getTime() / 1000) * 1000;
  if (format === 'epoch-seconds') return ms / 1000;
  if (format === 'http-date') return new Date(ms).toUTCString();
  const text = new Date(ms).toISOString();
  return milliseconds ? text : text.replace('.000Z', 'Z');
}
