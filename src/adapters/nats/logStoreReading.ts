import type { JobId } from '../../domain/ids.ts';
import { type LogLine, type LogQuery, searchFor } from '../../ports/logStore.ts';
import { charactersOf } from '../shared/logLines.ts';
import { locateLine } from './logStoreLocate.ts';
import type { LogMessage } from './logStoreMessages.ts';
import type { LogRequests } from './logStoreRequests.ts';

export type PageBounds = Readonly<{
  /** The most lines of one page, whatever limit is asked for. */
  maxPageLines: number;
  /** The most text of one page (a single line may have more): what one reader costs in memory. */
  maxPageCharacters: number;
}>;

/** One page of the log as it is now: lines that are appended while a search is under way are not waited for. */
export async function readPage(
  requests: LogRequests,
  jobId: JobId,
  query: LogQuery,
  { maxPageLines, maxPageCharacters }: PageBounds,
): Promise<Readonly<{ lines: readonly LogLine[]; hasMore: boolean }>> {
  const { limit, search, streams } = query;
  const bounds = { lines: Math.min(limit, maxPageLines), characters: maxPageCharacters };
  const pattern = searchFor(search);
  const lines: LogLine[] = [];
  let characters = 0;
  for await (const batch of batchesInRange(requests, jobId, query)) {
    for (const line of batch) {
      if (streams?.includes(line.stream) === false || pattern?.test(line.text) === false) continue;
      characters += charactersOf(line);
      // A page has one line at least, however long: else nobody could read past it.
      const isFull = lines.length >= bounds.lines || (lines.length > 0 && characters > bounds.characters);
      if (isFull) return { lines, hasMore: true };
      lines.push(line);
    }
  }
  return { lines, hasMore: false };
}

/** So many messages are asked for one by one: most readers want few, and a consumer costs the server more than they do. */
const singleMessages = 8;

/** The job's messages after a place up to `last`, which is in hand. Nothing is left open on the server while one is looked at. */
export async function* messagesAfter(
  requests: LogRequests,
  jobId: JobId,
  place: number,
  last: LogMessage,
): AsyncGenerator<LogMessage, void, void> {
  let reached = place;
  let asked = 0;
  while (reached < last.previous) {
    asked += 1;
    const run = asked > singleMessages ? await requests.runFrom(reached + 1, jobId) : [];
    if (asked > singleMessages && run.length < singleMessages) asked = 0;
    const next = run.length > 0 ? run : [await requests.from(reached + 1, jobId)];
    for (const message of next) {
      if (message === undefined || message.place >= last.place) return yield last;
      reached = message.place;
      yield message;
    }
  }
  if (reached < last.place) yield last;
}

/** Lines from where the query begins, in its direction, to the end of the log that is there now. */
async function* batchesInRange(
  requests: LogRequests,
  jobId: JobId,
  { after, direction = 'forwards' }: LogQuery,
): AsyncGenerator<readonly LogLine[], void, void> {
  const last = await requests.newest(jobId);
  if (last === undefined) return;
  if (direction === 'forwards') {
    const first = (after ?? 0) + 1;
    const start = await locateLine(requests, jobId, first, last);
    for await (const message of messagesAfter(requests, jobId, start - 1, last)) {
      yield (await requests.linesOf(message)).filter(({ sequence }) => sequence >= first);
    }
  } else {
    const end = Math.min(after ?? Number.POSITIVE_INFINITY, last.progress.lastSequence + 1) - 1;
    for await (const message of messagesBefore(requests, jobId, end, last)) {
      yield (await requests.linesOf(message)).filter(({ sequence }) => sequence <= end).reverse();
    }
  }
}

/** The job's messages from the one with line `end` back to the first: each knows where the one before it is. */
async function* messagesBefore(
  requests: LogRequests,
  jobId: JobId,
  end: number,
  last: LogMessage,
): AsyncGenerator<LogMessage, void, void> {
  if (end < 1) return;
  const start = await locateLine(requests, jobId, end, last);
  let message = start === last.place ? last : await requests.at(start);
  while (message !== undefined) {
    yield message;
    message = message.previous === 0 ? undefined : await requests.at(message.previous);
  }
}
