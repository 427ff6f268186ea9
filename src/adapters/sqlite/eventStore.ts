import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import type { EventStore } from '../../ports/eventStore.ts';
import { createReadLast, encodeAppend } from './eventStoreAppend.ts';
import { createEventStoreAppender, type EventStoreAppenderOptions } from './eventStoreAppender.ts';
import { eventStoreFailure } from './eventStoreFailure.ts';
import type { AppendGroup, CommittedGroup } from './eventStoreGroupWriter.ts';
import { toPosition } from './eventStorePosition.ts';
import { createEventStoreReader } from './eventStoreReader.ts';
import { createEventTables } from './eventStoreSchema.ts';
import { eventStoreSubscription } from './eventStoreSubscription.ts';
import { createEventStoreWriter } from './eventStoreWriter.ts';
import { openDatabase } from './openDatabase.ts';
import { createRecentRows } from './recentRows.ts';
import { createStreamEnds } from './streamEnds.ts';
import { createWakeUp } from './wakeUp.ts';

export type SqliteEventStoreOptions = Readonly<{
  /** The log's file; its folder must be there. */
  path: string;
  /** Gives each event its `recordedAt`. */
  clock: Clock;
  /** The most appends that share one transaction. Default 500. */
  maxGroupedAppends?: number;
  /** The most appends that wait for their transaction; one more fails with `EventStoreUnavailableError`. Default 10,000. */
  maxPendingAppends?: number;
  /** The most events in a batch of a subscription. Default 500. */
  subscriptionBatchEvents?: number;
  /** The most rows that one statement of a read fetches. Default 500. */
  readPageEvents?: number;
  /** Called after each commit with its appends and its duration, for the histogram of appends. */
  onCommit?: EventStoreAppenderOptions['onCommit'];
}>;

const knownStreamEnds = 4_096;
/** Enough for a few hundred jobs: what is further behind reads the file. */
const recentBytes = 1024 * 1024;

/**
 * The event log in an SQLite file, durable to the disk (`synchronous=FULL`). One process owns the file: the end of the log and the
 * news of a commit live in memory, so subscriptions need no polling; closing the store ends them. Throws
 * `EventStoreUnavailableError` where the file cannot be opened.
 */
export function createSqliteEventStore(options: SqliteEventStoreOptions): EventStore {
  const { path, clock, maxGroupedAppends = 500, maxPendingAppends = 10_000, onCommit = () => {} } = options;
  const { subscriptionBatchEvents = 500, readPageEvents = 500 } = options;
  const database = open(path);
  const wakeUp = createWakeUp();
  let lastSequence = createReadLast(database)();
  let isClosed = false;
  const ends = createStreamEnds(knownStreamEnds);
  const recent = createRecentRows(lastSequence, recentBytes);
  const writer = createEventStoreWriter(path);
  const writeGroup = async (group: AppendGroup): Promise<CommittedGroup> => {
    try {
      const committed = await writer.write(group);
      ends.wrote(group, committed);
      recent.wrote(group, committed);
      lastSequence = committed.lastSequence;
      wakeUp.wake();
      return committed;
    } catch (error) {
      ends.forget();
      throw error;
    }
  };
  const appender = createEventStoreAppender({
    clock,
    writeGroup,
    maxGroupedAppends,
    maxPendingAppends,
    onCommit,
  });
  const reader = createEventStoreReader(database, { readPageEvents, lastSequence: () => lastSequence, ends });

  return {
    append: async (stream, events, expected) => {
      const [result] = await appender.append([encodeAppend(stream, events, expected)]);
      if (result === undefined) throw new Error(`${stream}: an append without an answer`);
      return result;
    },
    appendInTurn: async (appends) =>
      appender.append(appends.map(({ stream, events, expected }) => encodeAppend(stream, events, expected))),
    readStream: reader.readStream,
    readAll: reader.readAll,
    subscribe: (subscription) =>
      eventStoreSubscription({
        ...subscription,
        batchEvents: subscriptionBatchEvents,
        page: (page) => recent.page(page) ?? reader.page(page),
        lastSequence: () => lastSequence,
        isClosed: () => isClosed,
        wakeUp,
      }),
    lastPosition: async () => toPosition(lastSequence),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await appender.close();
      await writer.close();
      database.close();
      wakeUp.wake();
    },
  };
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path, { synchronous: 'FULL' });
    createEventTables(database);
    return database;
  } catch (error) {
    database?.close();
    throw eventStoreFailure(error, `opened (${path})`);
  }
}
