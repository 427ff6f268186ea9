import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { eventStoreContract } from '../../contracts/eventStore.ts';
import { startEventStoreDbServer } from '../../support/eventstoredb/eventStoreDbServer.ts';

eventStoreContract(async () => {
  const server = await startEventStoreDbServer();
  const options = { connectionString: server.connectionString, subscriptionBatchEvents: 16 };
  let store = createEventStoreDbEventStore(options);
  return {
    store,
    batchEvents: options.subscriptionBatchEvents,
    reopen: async () => {
      await store.close();
      store = createEventStoreDbEventStore(options);
      return store;
    },
    close: async () => {
      await store.close();
      await server.close();
    },
  };
});
