import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobId } from '../../domain/ids.ts';
import {
  type LogLine,
  type LogProgress,
  type LogQuery,
  noLogProgress,
  searchFor,
} from '../../ports/logStore.ts';
import type { JobWakeUps } from './logStoreFollowers.ts';
import { lineRanges, type Page, type PageFiller, streamBits } from './logStorePages.ts';
import type { JobLog } from './logStoreTables.ts';

/** Does `work` on the database, and translates what it throws. */
export type Operate = <Result>(work: () => Result) => Result;

export type LogReader = Readonly<{
  operate: Operate;
  findLog: (jobId: JobId) => JobLog | undefined;
  fillPage: PageFiller;
  maxPageLines: number;
  maxPageCharacters: number;
  scanLines: number;
}>;

/** One page of the log as it is now: lines that are appended while a search is under way are not waited for. */
export async function readPage(
  reader: LogReader,
  jobId: JobId,
  { after, direction = 'forwards', limit, search, streams }: LogQuery,
): Promise<Readonly<{ lines: readonly LogLine[]; hasMore: boolean }>> {
  const { operate, findLog, fillPage, maxPageLines, maxPageCharacters, scanLines } = reader;
  const log = operate(() => findLog(jobId));
  if (log === undefined) return { lines: [], hasMore: false };
  const page = emptyPage();
  const bounds = { lines: Math.min(limit, maxPageLines), characters: maxPageCharacters };
  const wanted = { job: log.number, search: searchFor(search), streams: streamBits(streams), direction };
  for (const range of lineRanges(direction, after, log.progress.lastSequence, scanLines)) {
    operate(() => fillPage(page, { ...wanted, ...range }, bounds));
    if (page.overflows) break;
    await nextTurn();
  }
  return { lines: page.lines, hasMore: page.overflows };
}

export type Follower = Readonly<{
  jobId: JobId;
  after: number;
  batchLines: number;
  /** Any of them ends it. */
  signals: readonly AbortSignal[];
}>;

/**
 * A follower is only a place in the log. Reading → (a batch is handed over) → reading → (there is no more) → asleep until the next append
 * → reading; ended by a complete log or a signal.
 */
export async function* followLines(
  reader: LogReader,
  wakeUps: JobWakeUps,
  { jobId, after, batchLines, signals }: Follower,
): AsyncGenerator<readonly LogLine[], void, void> {
  let reached = after;
  while (!signals.some(({ aborted }) => aborted)) {
    const { lines, progress } = reader.operate(() => nextBatch(reader, jobId, reached, batchLines));
    const last = lines.at(-1);
    if (last !== undefined) {
      reached = last.sequence;
      yield lines;
      // A follower who is always ready must not keep the event loop to himself.
      await nextTurn();
    } else if (progress.complete) {
      return;
    } else {
      await wakeUps.sleep(jobId, signals);
    }
  }
}

/** In one turn, so that no append comes between the look at the lines and the look at the progress. */
function nextBatch(
  { findLog, fillPage, maxPageLines, maxPageCharacters }: LogReader,
  jobId: JobId,
  after: number,
  batchLines: number,
): Readonly<{ lines: readonly LogLine[]; progress: LogProgress }> {
  const log = findLog(jobId);
  if (log === undefined) return { lines: [], progress: noLogProgress };
  const page = emptyPage();
  const bounds = { lines: Math.min(batchLines, maxPageLines), characters: maxPageCharacters };
  const range = { job: log.number, first: after + 1, last: after + bounds.lines };
  fillPage(page, { ...range, direction: 'forwards', search: null, streams: streamBits() }, bounds);
  return { lines: page.lines, progress: log.progress };
}

function emptyPage(): Page {
  return { lines: [], characters: 0, overflows: false };
}
