import type { LogLine } from '../../../ports/logStore.ts';
import { parseInstant } from '../../operations/parseInstant.ts';

/**
 * A place among the lines of a job: a millisecond, and the rank of a line among those that its job printed in that millisecond. Clients see
 * it as one RFC 3339 time, the rank as the nanoseconds: so times are in order, and a page can begin at any line.
 */
export type LogTime = Readonly<{ ms: number; rank: number }>;

/** The most lines of one millisecond that have times of their own. */
const maxRank = 999_999;

/** The time of a line, such as `2026-11-23T10:15:30.123000004Z`. */
export function showLogTime({ ms, rank }: LogTime): string {
  const digits = String(Math.min(rank, maxRank)).padStart(6, '0');
  return new Date(ms).toISOString().replace('Z', `${digits}Z`);
}

/** An RFC 3339 instant as a bound; undefined for anything else. One without a fraction below milliseconds means `rank`. */
export function parseLogTime(text: string, rank: number): LogTime | undefined {
  const instant = parseInstant(text);
  if (instant === undefined) return undefined;
  const digits = /\.\d{3}(\d{1,6})/.exec(text)?.[1];
  return { ms: Date.parse(instant), rank: digits === undefined ? rank : Number(digits.padEnd(6, '0')) };
}

/** Negative where `a` comes first, 0 where both are the same. */
export function compareLogTimes(a: LogTime, b: LogTime): number {
  return a.ms - b.ms || a.rank - b.rank;
}

/** When a line was read, in milliseconds since 1970. */
export function lineMs({ at }: LogLine): number {
  return Date.parse(at);
}

/** The whole of a millisecond lies between these two. */
export const firstRank = 0;
export const lastRank = maxRank;
