import { createEventStoreDbEventStore } from '../../src/adapters/eventstoredb/eventStore.ts';
import type { EventType, StoredEvent } from '../../src/domain/events.ts';
import type { Installation } from './installation.ts';

/** The events of these types that the installation's log holds now, past all of its nodes. */
export async function* storedEvents(
  { connectionString, streamPrefix }: Installation,
  types: readonly EventType[],
): AsyncGenerator<StoredEvent> {
  const store = createEventStoreDbEventStore({ connectionString, streamPrefix });
  try {
    yield* store.readAll({ filter: { types } });
  } finally {
    await store.close();
  }
}
