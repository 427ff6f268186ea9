import { describe } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { eventStoreContract, type OpenedEventStore } from '../../contracts/eventStore.ts';
import { startEventStoreDbServer } from '../../support/eventstoredb/eventStoreDbServer.ts';

/** A server to which nobody else writes meanwhile. Whatever it holds already may stay. */
const realServer = process.env.ONEOFF_TEST_EVENTSTORE ?? '';

describe('on the stand-in', () => {
  eventStoreContract(async () => {
    const server = await startEventStoreDbServer();
    const opened = openedAt(server.connectionString);
    return {
      ...opened,
      close: async () => {
        await opened.close();
        await server.close();
      },
    };
  });
});

// Not skipped where there is none, but absent: no machine of ours has one, and a skipped test would say that it should.
if (realServer !== '') {
  describe('on the server that ONEOFF_TEST_EVENTSTORE names', () => {
    eventStoreContract(async () => openedAt(realServer));
  });
}

function openedAt(connectionString: string): OpenedEventStore {
  const options = { connectionString, subscriptionBatchEvents: 16 };
  let store = createEventStoreDbEventStore(options);
  return {
    store,
    batchEvents: options.subscriptionBatchEvents,
    reopen: async () => {
      await store.close();
      store = createEventStoreDbEventStore(options);
      return store;
    },
    close: () => store.close(),
  };
}
