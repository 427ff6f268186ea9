import { afterEach, beforeEach, describe } from 'vitest';
import type { EventStore } from '../../src/ports/eventStore.ts';
import { appendRules } from './eventStore/appends.ts';
import { copyRules } from './eventStore/copies.ts';
import { readRules } from './eventStore/reads.ts';
import { subscriptionRules } from './eventStore/subscriptions.ts';

/** An event store as an adapter's test opens it. The log may hold other events already, but nobody else may write to it. */
export type OpenedEventStore = Readonly<{
  store: EventStore;
  /** The most events in one batch of a subscription, as the store was told. At most 50, so that tests reach it. */
  batchEvents: number;
  /** Closes the store and opens the same log again. */
  reopen: () => Promise<EventStore>;
  /** Closes whatever is open and removes what was made. */
  close: () => Promise<void>;
}>;

/** What every event store promises (src/ports/eventStore.ts); each adapter's test calls it. */
export function eventStoreContract(open: () => Promise<OpenedEventStore>): void {
  describe('an event store', () => {
    let opened: OpenedEventStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describe('append', () => appendRules(() => opened));
    describe('a copied event', () => copyRules(() => opened));
    describe('read', () => readRules(() => opened));
    describe('subscribe', () => subscriptionRules(() => opened));
  });
}
