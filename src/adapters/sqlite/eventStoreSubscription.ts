import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '../../domain/events.ts';
import type { EventBatch, EventFilter } from '../../ports/eventStore.ts';
import { eventStoreClosed } from './eventStoreFailure.ts';
import { toPosition, toSequence } from './eventStorePosition.ts';
import type { EventStoreReader } from './eventStoreReader.ts';
import { toStoredEvent } from './eventStoreRow.ts';
import type { WakeUp } from './wakeUp.ts';

export type EventStoreSubscriptionOptions = Readonly<{
  after: Position;
  filter?: EventFilter;
  signal: AbortSignal;
  batchEvents: number;
  page: EventStoreReader['page'];
  lastSequence: () => number;
  isClosed: () => boolean;
  wakeUp: WakeUp;
}>;

/**
 * A subscription is a cursor and nothing else: what its reader has not asked for stays in the file. It is
 *   - reading: behind the end of the log; each batch moves the cursor, to the last matching row of a full page or to the end;
 *   - asleep: at the end; a commit wakes it, and so do `signal` and the store's closing, which both end it.
 * The first batch comes at once, even if empty, so that the reader learns whether it has caught up.
 */
export async function* eventStoreSubscription(
  options: EventStoreSubscriptionOptions,
): AsyncGenerator<EventBatch> {
  const { after, filter, signal, batchEvents, page, lastSequence, isClosed, wakeUp } = options;
  let cursor = toSequence(after);
  let isFirst = true;
  if (isClosed()) throw eventStoreClosed();
  while (!signal.aborted && !isClosed()) {
    const end = lastSequence();
    if (cursor >= end && !isFirst) {
      await wakeUp.sleep(signal);
      continue;
    }
    isFirst = false;
    const rows = page({ above: cursor, below: end + 1, direction: 'forwards', filter, limit: batchEvents });
    const lastRow = rows.length < batchEvents ? undefined : rows.at(-1);
    cursor = lastRow?.sequence ?? Math.max(cursor, end);
    const caughtUp = cursor >= end;
    yield { events: rows.map(toStoredEvent), position: toPosition(cursor), caughtUp };
    // A reader that never waits for anything would otherwise keep the whole process busy until it has caught up.
    if (!caughtUp) await nextTurn();
  }
}
