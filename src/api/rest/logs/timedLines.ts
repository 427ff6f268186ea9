import type { JobId } from '../../../domain/ids.ts';
import type { LogLine, LogStore } from '../../../ports/logStore.ts';
import { compareLogTimes, type LogTime, lineMs } from './logTime.ts';

export type TimedLine = Readonly<{ jobId: JobId; time: LogTime; line: LogLine }>;
export type LogWindow = Readonly<{ from: LogTime; to: LogTime }>;

/** How many lines are read from the store at a time. */
const batchLines = 200;

/**
 * The lines of a job's log from `from` to `to`, both included, in the direction asked for. A log is kept in order of its lines, and their
 * times do not go back, so the ends of the window are found by bisection. Throws `LogStoreUnavailableError`.
 */
export async function* timedLines(
  logs: LogStore,
  jobId: JobId,
  { from, to }: LogWindow,
  direction: 'forward' | 'backward',
): AsyncIterable<TimedLine> {
  const { lastSequence } = await logs.progress(jobId);
  const first = await firstFrom(logs, jobId, from, lastSequence);
  const end = await firstFrom(logs, jobId, { ...to, rank: to.rank + 1 }, lastSequence);
  if (direction === 'forward') yield* ahead(logs, jobId, first, end);
  else yield* back(logs, jobId, first, end);
}

async function* ahead(logs: LogStore, jobId: JobId, first: number, end: number): AsyncIterable<TimedLine> {
  let next = first;
  let ranks: Ranks | undefined;
  while (next < end) {
    const { lines } = await logs.read(jobId, { after: next - 1, limit: Math.min(batchLines, end - next) });
    const head = lines[0];
    if (head === undefined) return;
    ranks ??= await ranksFrom(logs, jobId, head);
    for (const line of lines) {
      if (line.sequence >= end) return;
      yield { jobId, line, time: ranks.of(line) };
      next = line.sequence + 1;
    }
  }
}

async function* back(logs: LogStore, jobId: JobId, first: number, end: number): AsyncIterable<TimedLine> {
  let before = end;
  while (before > first) {
    const start = Math.max(first, before - batchLines);
    const { lines } = await logs.read(jobId, { after: start - 1, limit: before - start });
    const head = lines[0];
    if (head !== undefined) {
      const ranks = await ranksFrom(logs, jobId, head);
      const timed = lines
        .filter(({ sequence }) => sequence < before)
        .map((line) => ({ jobId, line, time: ranks.of(line) }));
      yield* timed.toReversed();
    }
    before = start;
  }
}

export type Ranks = Readonly<{ of(line: LogLine): LogTime }>;

/** Ranks of lines that are asked for one after the other, beginning with `head`. */
export async function ranksFrom(logs: LogStore, jobId: JobId, head: LogLine): Promise<Ranks> {
  let ms = lineMs(head);
  let firstOfMs = await firstFrom(logs, jobId, { ms, rank: 0 }, head.sequence);
  return {
    of: (line) => {
      const at = lineMs(line);
      if (at !== ms) {
        ms = at;
        firstOfMs = line.sequence;
      }
      return { ms, rank: line.sequence - firstOfMs };
    },
  };
}

/** The sequence number of the first line at `time` or later, or of the one after `lastSequence`. */
export async function firstFrom(
  logs: LogStore,
  jobId: JobId,
  time: LogTime,
  lastSequence: number,
): Promise<number> {
  const firstOfMs = await bisect(logs, jobId, time.ms, lastSequence);
  if (time.rank === 0) return firstOfMs;
  return Math.min(firstOfMs + time.rank, await bisect(logs, jobId, time.ms + 1, lastSequence));
}

async function bisect(logs: LogStore, jobId: JobId, ms: number, lastSequence: number): Promise<number> {
  let low = 1;
  let high = lastSequence + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { lines } = await logs.read(jobId, { after: middle - 1, limit: 1 });
    const line = lines[0];
    if (line === undefined || lineMs(line) >= ms) high = middle;
    // Lines that retention has removed are no longer there: the next one is.
    else low = line.sequence + 1;
  }
  return low;
}

/** Two lines in order of their times; of two jobs that print at the same time, by the jobs' ids. */
export function compareLines(a: TimedLine, b: TimedLine): number {
  return compareLogTimes(a.time, b.time) || (a.jobId < b.jobId ? -1 : Number(a.jobId > b.jobId));
}
