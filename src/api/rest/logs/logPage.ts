import type { LogLine, LogStore } from '../../../ports/logStore.ts';
import type { JobModel } from '../../operations/loadJob.ts';
import type { LogTime } from './logTime.ts';
import { compareLines, type LogWindow, type TimedLine, timedLines } from './timedLines.ts';

export type LogPage = Readonly<{ lines: readonly TimedLine[]; hasMore: boolean; next: LogWindow }>;

export type LogPageRequest = Readonly<{
  window: LogWindow;
  direction: 'forward' | 'backward';
  limit: number;
  matches: (line: LogLine) => boolean;
}>;

/** How many lines one page looks at. A filter that few lines pass gives short pages, each with its place to go on from. */
const maxLinesRead = 20_000;

/**
 * The lines of several jobs in order of time, at most `limit`, and the window that is left after them. Throws
 * `LogStoreUnavailableError`.
 */
export async function readLogPage(
  logs: LogStore,
  jobs: readonly JobModel[],
  { window, direction, limit, matches }: LogPageRequest,
): Promise<LogPage> {
  const found: TimedLine[] = [];
  let read = 0;
  const sources = jobs.map(({ snapshot }) => timedLines(logs, snapshot.jobId, window, direction));
  for await (const timed of merged(sources, direction)) {
    if (found.length === limit || read === maxLinesRead) {
      return { lines: found, hasMore: true, next: restOf(window, timed.time, direction) };
    }
    read += 1;
    if (matches(timed.line)) found.push(timed);
  }
  return { lines: found, hasMore: false, next: window };
}

function restOf({ from, to }: LogWindow, next: LogTime, direction: LogPageRequest['direction']): LogWindow {
  return direction === 'forward' ? { from: next, to } : { from, to: next };
}

async function* merged(
  sources: readonly AsyncIterable<TimedLine>[],
  direction: LogPageRequest['direction'],
): AsyncIterable<TimedLine> {
  const sign = direction === 'forward' ? 1 : -1;
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let chosen = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const best = heads[chosen];
      if (best === undefined || best.done || sign * compareLines(head.value, best.value) < 0) chosen = index;
    }
    const head = heads[chosen];
    const iterator = iterators[chosen];
    if (head === undefined || head.done || iterator === undefined) return;
    yield head.value;
    heads[chosen] = await iterator.next();
  }
}
