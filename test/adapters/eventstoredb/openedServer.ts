import { afterEach, beforeEach } from 'vitest';
import {
  createEventStoreDbEventStore,
  type EventStoreDbEventStoreOptions,
} from '../../../src/adapters/eventstoredb/eventStore.ts';
import type { Position, StoredEvent } from '../../../src/domain/events.ts';
import { type EventStore, EventStoreUnavailableError } from '../../../src/ports/eventStore.ts';
import { newEvent, newStream } from '../../contracts/eventStore/events.ts';
import {
  type EventStoreDbServer,
  startEventStoreDbServer,
} from '../../support/eventstoredb/eventStoreDbServer.ts';
import { eventually } from '../../support/eventually.ts';

export type OpenedServer = Readonly<{
  server(): EventStoreDbServer;
  /** A store of this server, closed after the test. */
  open(options?: Partial<EventStoreDbEventStoreOptions>): EventStore;
}>;

/** A server for each test; after it, all stores are closed, and no connection may be left. */
export function withServer(options: Parameters<typeof startEventStoreDbServer>[0] = {}): OpenedServer {
  let server: EventStoreDbServer;
  let stores: EventStore[];
  beforeEach(async () => {
    server = await startEventStoreDbServer(options);
    stores = [];
  });
  afterEach(async () => {
    server.resume();
    await Promise.all(stores.map((store) => store.close()));
    // Where an attempt to connect failed, grpc-js tries once more for nobody, and keeps that connection until the server ends it.
    if (!server.wasKilled()) await eventually(() => server.connections() === 0);
    await server.close();
  });
  return {
    server: () => server,
    open: (options = {}) => {
      const store = createEventStoreDbEventStore({ connectionString: server.connectionString, ...options });
      stores.push(store);
      return store;
    },
  };
}

/** Writes `count` events of 2 kB, so many that no buffer between a server and its client holds them all. */
export async function writeLarge(store: EventStore, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    const events = Array.from({ length: 100 }, () => newEvent({ text: 'x'.repeat(2_000) }));
    await store.append(newStream(), events, 'noStream');
  }
}

/**
 * Follows the log as the projection loop does, subscribing again from the last position after each failure, until `enough` of it was seen.
 * `failures` counts those.
 */
export async function followThrough(
  store: EventStore,
  after: Position,
  enough: (seen: readonly StoredEvent[]) => boolean,
): Promise<Readonly<{ seen: readonly StoredEvent[]; failures: number }>> {
  const { signal } = new AbortController();
  const seen: StoredEvent[] = [];
  let position = after;
  let failures = 0;
  for (;;) {
    try {
      for await (const batch of store.subscribe({ after: position, signal })) {
        seen.push(...batch.events);
        position = batch.position;
        if (enough(seen)) return { seen, failures };
      }
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Repeats `call` while the store is unavailable, as commands do. */
export async function untilAnswered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
