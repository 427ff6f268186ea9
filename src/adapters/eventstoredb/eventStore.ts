import { startPosition } from '../../domain/events.ts';
import { appendOneByOne, type EventStore } from '../../ports/eventStore.ts';
import { createEventStoreAppender } from './eventStoreAppender.ts';
import { createEventStoreConnection } from './eventStoreConnection.ts';
import { createEventStoreEnd } from './eventStoreEnd.ts';
import { createEventStoreNames } from './eventStoreNames.ts';
import { createEventStoreReader } from './eventStoreReader.ts';
import { eventStoreSubscription } from './eventStoreSubscription.ts';

export type EventStoreDbEventStoreOptions = Readonly<{
  /** `esdb://…` or `esdb+discover://…`, with user, password and options as EventStoreDB's clients have them. */
  connectionString: string;
  /**
   * What the names of all streams begin with on the server, and nowhere else: two installations of different prefixes may share a server.
   * At most 64 letters, digits, `.` and `_`; best with one of the last two at its end, as `staging.`. Default none.
   */
  streamPrefix?: string;
  /** The longest that an append may take; after that it fails, and may have landed all the same. Default 10,000. */
  appendTimeoutMs?: number;
  /** The longest silence of the server where it owes an answer; a live subscription looks at the end of the log after one. Default 10,000. */
  answerTimeoutMs?: number;
  /** The most appends under way; one more fails with `EventStoreUnavailableError`. Default 10,000. */
  maxPendingAppends?: number;
  /** The most events in a batch of a subscription, and about half of the most that it holds for a slow reader. Default 500. */
  subscriptionBatchEvents?: number;
}>;

/** A read is given one event after the other, and needs few in advance. */
const readAheadEvents = 64;

/**
 * The event log in EventStoreDB 23.10. It connects when it is first used, and again after each loss, at the next use: so a store that is
 * unavailable needs nothing but another try. A subscription to a server that falls silent is ended by the client's keep-alive
 * (`keepAliveInterval`, `keepAliveTimeout` in the connection string; 10 s each). Throws `EventStoreDbSettingsError` for a
 * connection string that the client cannot use, and for a prefix that is none.
 */
export function createEventStoreDbEventStore(options: EventStoreDbEventStoreOptions): EventStore {
  const { connectionString, streamPrefix = '', appendTimeoutMs = 10_000, answerTimeoutMs = 10_000 } = options;
  const { maxPendingAppends = 10_000, subscriptionBatchEvents = 500 } = options;
  const names = createEventStoreNames(streamPrefix);
  const connection = createEventStoreConnection(connectionString, names, answerTimeoutMs);
  const end = createEventStoreEnd(connection);
  const subscribeBy =
    (batchEvents: number): EventStore['subscribe'] =>
    (subscription) =>
      eventStoreSubscription({ ...subscription, batchEvents, connection, end });
  const subscribe = subscribeBy(subscriptionBatchEvents);
  const follow = subscribeBy(Math.min(subscriptionBatchEvents, readAheadEvents));
  const { readStream, readAll } = createEventStoreReader(connection, { end, follow });
  const appender = createEventStoreAppender(connection, { appendTimeoutMs, maxPendingAppends, readStream });

  return {
    append: appender.append,
    appendInTurn: (appends) => appendOneByOne(appender, appends),
    readStream,
    readAll,
    subscribe,
    lastPosition: async () => (await end.lastEvent())?.position ?? startPosition,
    close: async () => {
      if (connection.isClosed()) return;
      connection.refuse();
      await appender.idle();
      await connection.close();
    },
  };
}
