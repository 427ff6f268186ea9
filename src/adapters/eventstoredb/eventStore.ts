import { startPosition } from '../../domain/events.ts';
import { appendOneByOne, type EventStore } from '../../ports/eventStore.ts';
import { createEventStoreAppender } from './eventStoreAppender.ts';
import { createEventStoreConnection } from './eventStoreConnection.ts';
import { createEventStoreEnd } from './eventStoreEnd.ts';
import { createEventStoreReader } from './eventStoreReader.ts';
import { eventStoreSubscription } from './eventStoreSubscription.ts';

export type EventStoreDbEventStoreOptions = Readonly<{
  /** `esdb://…` or `esdb+discover://…`, with user, password and options as EventStoreDB's clients have them. */
  connectionString: string;
  /** The longest that an append may take; after that it fails, and may have landed all the same. Default 10,000. */
  appendTimeoutMs?: number;
  /** The longest silence of the server where it owes an answer. Default 10,000. */
  answerTimeoutMs?: number;
  /** The most appends under way; one more fails with `EventStoreUnavailableError`. Default 10,000. */
  maxPendingAppends?: number;
  /** The most events in a batch of a subscription, and about half of the most that it holds for a slow reader. Default 500. */
  subscriptionBatchEvents?: number;
}>;

/**
 * The event log in EventStoreDB 23.10. It connects when it is first used, and again after each loss, at the next use: so a store that is
 * unavailable needs nothing but another try. A subscription to a server that falls silent is ended by the client's keep-alive
 * (`keepAliveInterval`, `keepAliveTimeout` in the connection string; 10 s each). Throws for a connection string that the client cannot use.
 */
export function createEventStoreDbEventStore(options: EventStoreDbEventStoreOptions): EventStore {
  const { connectionString, appendTimeoutMs = 10_000, answerTimeoutMs = 10_000 } = options;
  const { maxPendingAppends = 10_000, subscriptionBatchEvents = 500 } = options;
  const connection = createEventStoreConnection(connectionString, answerTimeoutMs);
  const end = createEventStoreEnd(connection);
  const subscribe: EventStore['subscribe'] = (subscription) =>
    eventStoreSubscription({ ...subscription, batchEvents: subscriptionBatchEvents, connection, end });
  const { readStream, readAll } = createEventStoreReader(connection, { end, subscribe });
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
