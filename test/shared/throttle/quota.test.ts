// Days, periods and what is left of a quota.
import { expect, test } from 'vitest';
import {
  dayOf,
  daysAfter,
  earliestStart,
  periodStart,
  remainingOn,
  startOfDay,
} from '#shared/throttle/quota.ts';
import type { UsageDay } from '#shared/model/usage.ts';

test.each([
  ['2026-11-24', 'DAY', '2026-11-24'],
  ['2026-11-24', 'WEEK', '2026-11-23'],
  ['2026-11-23', 'WEEK', '2026-11-23'],
  ['2026-11-22', 'WEEK', '2026-11-16'],
  ['2027-01-01', 'WEEK', '2026-12-28'],
  ['2026-11-24', 'MONTH', '2026-11-01'],
  ['2024-02-29', 'MONTH', '2024-02-01'],
] as const)('the period of %s by %s begins on %s', (day, period, start) => {
  expect(periodStart(day, period)).toBe(start);
});

test('days go by UTC and by the calendar', () => {
  expect(dayOf(Date.UTC(2026, 10, 24, 23, 59, 59, 999))).toBe('2026-11-24');
  expect(dayOf(Date.UTC(2026, 10, 25))).toBe('2026-11-25');
  expect(daysAfter('2024-02-28', 2)).toBe('2024-03-01');
  expect(daysAfter('2026-01-01', -1)).toBe('2025-12-31');
  expect(earliestStart('2026-12-02')).toBe('2026-11-30');
  expect(earliestStart('2026-12-20')).toBe('2026-12-01');
});

test.each(['2026-02-30', '2026-13-01', 'today', '', '2026-1-1'])('%j is no day', (text) => {
  expect(startOfDay(text)).toBeNaN();
});

const DAYS: [string, UsageDay][] = [
  ['2026-10-31', { used: 7, granted: 0 }],
  ['2026-11-02', { used: 3, granted: 0 }],
  ['2026-11-24', { used: 2, granted: 5 }],
  ['2026-11-25', { used: 9, granted: 0 }],
];

test.each([
  ['MONTH', 0, '2026-11-01', 10],
  ['MONTH', 0, '2026-11-02', 7],
  ['MONTH', 0, '2026-11-24', 10],
  ['MONTH', 0, '2026-11-30', 1],
  ['MONTH', 4, '2026-11-24', 6],
  ['MONTH', 4, '2026-12-01', 10],
  ['MONTH', 40, '2026-11-01', 0],
  ['WEEK', 0, '2026-11-24', 13],
  ['DAY', 0, '2026-11-25', 1],
  ['DAY', 0, '2026-11-26', 10],
] as const)('of 10 a %s with offset %i there is left on %s: %i', (period, offset, day, left) => {
  const createdDate = Date.UTC(2026, 10, 10);
  expect(remainingOn(day, { limit: 10, offset, period, createdDate }, DAYS)).toBe(left);
});
