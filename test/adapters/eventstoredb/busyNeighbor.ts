import { setTimeout as sleep } from 'node:timers/promises';
import {
  createEventStoreDbEventStore,
  type EventStoreDbEventStoreOptions,
} from '../../../src/adapters/eventstoredb/eventStore.ts';
import { newEvents, newStream } from '../../contracts/eventStore/events.ts';

/** Another installation on a server. It writes what everybody writes, again and again, until it is closed. */
export function openBusyNeighbor(
  options: EventStoreDbEventStoreOptions,
): Readonly<{ close: () => Promise<void> }> {
  const store = createEventStoreDbEventStore(options);
  let isLeaving = false;
  const writing = (async () => {
    while (!isLeaving) {
      await store.append(newStream(), [...newEvents(2, 'JobStarted'), ...newEvents(1, 'JobFinished')], 'any');
      await store.append(newStream('workspace'), newEvents(1, 'TokenCreated'), 'any');
      await sleep(25);
    }
  })();
  return {
    close: async () => {
      isLeaving = true;
      await writing;
      await store.close();
    },
  };
}
