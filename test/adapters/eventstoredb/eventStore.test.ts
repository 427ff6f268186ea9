import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import {
  createEventStoreDbEventStore,
  type EventStoreDbEventStoreOptions,
} from '../../../src/adapters/eventstoredb/eventStore.ts';
import { eventStoreContract, type OpenedEventStore } from '../../contracts/eventStore.ts';
import { startEventStoreDbServer } from '../../support/eventstoredb/eventStoreDbServer.ts';
import { openBusyNeighbor } from './busyNeighbor.ts';

/** A server to which others may write meanwhile, and which may hold anything already. */
const realServer = process.env.ONEOFF_TEST_EVENTSTORE ?? '';

describe('on the stand-in', () => {
  eventStoreContract(async () => {
    const server = await startEventStoreDbServer();
    const opened = openedAt({ connectionString: server.connectionString });
    return {
      ...opened,
      close: async () => {
        await opened.close();
        await server.close();
      },
    };
  });
});

// The neighbors take their part of the time.
describe('on the stand-in, beside other installations that write all the time', { timeout: 90_000 }, () => {
  eventStoreContract(async () => {
    const { connectionString, ...server } = await startEventStoreDbServer();
    const neighbors = ['', 'staging.eu.'].map((streamPrefix) =>
      openBusyNeighbor({ connectionString, streamPrefix }),
    );
    const opened = openedAt({ connectionString, streamPrefix: 'staging.' });
    return {
      ...opened,
      close: async () => {
        await Promise.all(neighbors.map((neighbor) => neighbor.close()));
        await opened.close();
        await server.close();
      },
    };
  });
});

// Not skipped where there is none, but absent: no machine of ours has one, and a skipped test would say that it should.
if (realServer !== '') {
  describe('on the server that ONEOFF_TEST_EVENTSTORE names', () => {
    const streamPrefix = `test_${randomUUID().replaceAll('-', '')}.`;
    eventStoreContract(async () => openedAt({ connectionString: realServer, streamPrefix }));
  });
}

function openedAt(place: EventStoreDbEventStoreOptions): OpenedEventStore {
  const options = { ...place, subscriptionBatchEvents: 16 };
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
