import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import {
  type AppendResult,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../../ports/eventStore.ts';
import { createReadLast, createWriteAppend, type EncodedAppend } from './eventStoreAppend.ts';
import { eventStoreClosed, eventStoreFailure } from './eventStoreFailure.ts';

export type EventStoreAppenderOptions = Readonly<{
  clock: Clock;
  /** The most appends that share one transaction: the longest that the process stands still is the time they take. */
  maxGroupedAppends: number;
  /** The most appends that wait for their transaction; one more is refused at once. */
  maxPendingAppends: number;
  /** After each commit: how many appends it made durable, and in how many seconds. */
  onCommit: (commit: Readonly<{ appends: number; seconds: number }>) => void;
  /** After a commit and before its appends are answered: the sequence number at which the log now ends. */
  onGrown: (lastSequence: number) => void;
}>;

export type EventStoreAppender = Readonly<{
  append(append: EncodedAppend): Promise<AppendResult>;
  /** Settles what waits, and refuses what comes. */
  close(): void;
}>;

type Pending = Readonly<{
  append: EncodedAppend;
  resolve: (result: AppendResult) => void;
  reject: (error: unknown) => void;
}>;

type Committed = Readonly<{
  answers: readonly (AppendResult | WrongExpectedRevisionError)[];
  lastSequence: number;
}>;

/**
 * Group commit. The cost of an append is the disk's flush, so all that come within one turn of the event loop share one. The appender is
 *   - idle: nothing waits; an append makes it due;
 *   - due: `setImmediate` will commit the first `maxGroupedAppends`, and stays due while more wait;
 *   - closed: what waited has been committed; appends are refused.
 * A group succeeds or fails as a whole on the disk; a wrong expected revision refuses its own append and no other.
 */
export function createEventStoreAppender(
  database: DatabaseSync,
  options: EventStoreAppenderOptions,
): EventStoreAppender {
  const { clock, maxGroupedAppends, maxPendingAppends, onCommit, onGrown } = options;
  const writeAppend = createWriteAppend(database);
  const readLast = createReadLast(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  let waiting: Pending[] = [];
  let isClosed = false;

  function append(encoded: EncodedAppend): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(eventStoreClosed());
      if (waiting.length >= maxPendingAppends) return reject(tooManyWaiting(maxPendingAppends));
      if (waiting.length === 0) setImmediate(commitDue);
      waiting.push({ append: encoded, resolve, reject });
    });
  }

  function commitDue(): void {
    if (waiting.length === 0) return;
    const group = waiting.slice(0, maxGroupedAppends);
    waiting = waiting.slice(maxGroupedAppends);
    if (waiting.length > 0) setImmediate(commitDue);
    commitGroup(group);
  }

  function commitGroup(group: readonly Pending[]): void {
    const startedMs = performance.now();
    let committed: Committed;
    try {
      committed = inTransaction(group);
    } catch (error) {
      const failure = eventStoreFailure(error, 'written');
      for (const { reject } of group) reject(failure);
      return;
    }
    const { answers, lastSequence } = committed;
    onGrown(lastSequence);
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = answers[index];
      if (answer === undefined || answer instanceof WrongExpectedRevisionError) reject(answer);
      else resolve(answer);
    }
    onCommit({ appends: group.length, seconds: (performance.now() - startedMs) / 1000 });
  }

  function inTransaction(group: readonly Pending[]): Committed {
    const recordedMs = clock.nowMs();
    try {
      begin.run();
      const answers = group.map(({ append }) => writeAppend(append, recordedMs));
      const lastSequence = readLast();
      commit.run();
      return { answers, lastSequence };
    } catch (error) {
      // Some failures have rolled back by themselves already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    append,
    close: () => {
      isClosed = true;
      while (waiting.length > 0) commitDue();
    },
  };
}

function tooManyWaiting(bound: number): EventStoreUnavailableError {
  return new EventStoreUnavailableError(
    `The event store has ${bound} appends waiting, the most it takes: try again`,
  );
}
