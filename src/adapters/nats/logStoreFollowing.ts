import type { JobId } from '../../domain/ids.ts';
import { type LogLine, LogStoreUnavailableError } from '../../ports/logStore.ts';
import { charactersOf } from '../shared/logLines.ts';
import { locateLine } from './logStoreLocate.ts';
import type { LogMessage } from './logStoreMessages.ts';
import { messagesAfter } from './logStoreReading.ts';
import type { LogRequests } from './logStoreRequests.ts';
import type { LogTail } from './logStoreTails.ts';

export type Follower = Readonly<{
  jobId: JobId;
  after: number;
  batchLines: number;
  batchCharacters: number;
  /** How often he looks for himself, in case he was not told. */
  pollMs: number;
  /** How long he bears a server that does not answer. */
  maxOutageMs: number;
  /** Any of them ends it. */
  signals: readonly AbortSignal[];
  /** Whether there is any hope that the server answers again. */
  isOpen: () => boolean;
}>;

/** Where a follower is: the last message that he has read whole, the last line, and the lines after those that he was given. */
type Cursor = {
  place: number | undefined;
  reached: number;
  batch: LogLine[];
  characters: number;
  complete: boolean;
};

/** The server that was asked may be a copy that has yet to store what another one has told of. */
const copyLagMs = 50;
const outageWaitMs = 250;

/**
 * A follower is a place in the log, and at most one batch or one short run of small ones. Looking for the newest message → reading up to
 * it → (a batch is handed over) → reading → (there is no more) → asleep until the server tells of the next message or `pollMs` are over →
 * looking; (the server does not answer) → asleep for a while → looking again, for up to `maxOutageMs`. Ended by a complete log or a signal.
 * `requests` must fail once a signal aborts. Throws `LogStoreUnavailableError` when the outage is too long, or nothing is open any more.
 */
export async function* followLines(
  requests: LogRequests,
  tail: LogTail,
  follower: Follower,
): AsyncGenerator<readonly LogLine[], void, void> {
  const { after, signals } = follower;
  const isLeft = (): boolean => signals.some(({ aborted }) => aborted);
  const cursor: Cursor = { place: undefined, reached: after, batch: [], characters: 0, complete: false };
  const pauseMs = pauses(follower);
  while (!isLeft() && !cursor.complete) {
    const told = tail.newest();
    let failure: unknown;
    try {
      yield* newBatches(requests, follower, cursor);
    } catch (error) {
      if (isLeft()) return;
      failure = error;
    }
    // Also after a failure: these lines count as read.
    if (cursor.batch.length > 0) yield handOver(cursor);
    if (cursor.complete) return;
    const seen = cursor.place ?? 0;
    await tail.sleep(Math.max(told, seen), pauseMs(failure, told > seen), signals);
  }
}

/** Lines up to the newest message, as full batches; what is left of them stays in the cursor. */
async function* newBatches(
  requests: LogRequests,
  follower: Follower,
  cursor: Cursor,
): AsyncGenerator<readonly LogLine[], void, void> {
  const { jobId, batchLines, batchCharacters } = follower;
  const last = await newestOrEnd(requests, jobId);
  if (last === undefined) return;
  if (last === 'ended') {
    cursor.complete = true;
    return;
  }
  // A server that has lost the stream counts its messages anew; lines keep their numbers.
  const isNewStream = (cursor.place ?? 0) >= last.place && cursor.reached < last.progress.lastSequence;
  if (isNewStream) cursor.place = undefined;
  const place = cursor.place ?? (await locateLine(requests, jobId, cursor.reached + 1, last)) - 1;
  for await (const message of messagesAfter(requests, jobId, place, last)) {
    // The place may be one of the lost stream: what follows there is not what follows the lines that were read.
    if (cursor.place !== undefined && message.first > cursor.reached + 1) {
      cursor.place = undefined;
      return yield* newBatches(requests, follower, cursor);
    }
    for (const line of await requests.linesOf(message)) {
      if (line.sequence <= cursor.reached) continue;
      const characters = charactersOf(line);
      const { batch } = cursor;
      const isFull = batch.length >= batchLines || cursor.characters + characters > batchCharacters;
      if (batch.length > 0 && isFull) yield handOver(cursor);
      cursor.batch.push(line);
      cursor.characters += characters;
      cursor.reached = line.sequence;
    }
    cursor.place = message.place;
    // Also past lines whose beginning was discarded.
    cursor.reached = Math.max(cursor.reached, message.progress.lastSequence);
  }
  cursor.complete = last.progress.complete;
}

/** `ended` for a complete log whose messages are all discarded. */
async function newestOrEnd(requests: LogRequests, jobId: JobId): Promise<LogMessage | 'ended' | undefined> {
  const newest = await requests.newest(jobId);
  if (newest !== undefined || (await requests.end(jobId)) === undefined) return newest;
  // It may have begun and ended between the two questions, or the copy that answered the first one is behind.
  return (await requests.newestSurely(jobId)) ?? 'ended';
}

function handOver(cursor: Cursor): readonly LogLine[] {
  const { batch } = cursor;
  cursor.batch = [];
  cursor.characters = 0;
  return batch;
}

/** Answers how long to sleep after a look, which failed, or found less than was told of. Throws a failure that is not to be borne. */
function pauses({ pollMs, maxOutageMs, isOpen }: Follower): (failure: unknown, isBehind: boolean) => number {
  let failingSinceMs: number | undefined;
  let lagMs = copyLagMs;
  return (failure, isBehind) => {
    if (failure !== undefined) {
      failingSinceMs ??= performance.now();
      const isTooLong = performance.now() > failingSinceMs + maxOutageMs;
      if (!(failure instanceof LogStoreUnavailableError) || !isOpen() || isTooLong) throw failure;
      return outageWaitMs;
    }
    failingSinceMs = undefined;
    lagMs = isBehind ? Math.min(2 * lagMs, pollMs) : copyLagMs;
    return isBehind ? lagMs : pollMs;
  };
}
