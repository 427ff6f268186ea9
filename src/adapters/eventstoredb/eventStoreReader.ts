import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  FORWARDS,
  type ResolvedEvent,
  START,
} from '@eventstore/db-client';
import { type Position, type StoredEvent, type StreamName, startPosition } from '../../domain/events.ts';
import {
  type EventFilter,
  type EventStore,
  passes,
  type ReadAllOptions,
  type ReadStreamOptions,
} from '../../ports/eventStore.ts';
import { eachAnswer } from './eventStoreAnswers.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import type { EventStoreEnd } from './eventStoreEnd.ts';
import { toStoredEvent } from './eventStoreEvent.ts';
import { isOfType } from './eventStoreFailure.ts';
import type { EventStoreNames } from './eventStoreNames.ts';
import { toServerPosition } from './eventStorePosition.ts';
import { refusalAt } from './eventStoreSearch.ts';

export type EventStoreReader = Pick<EventStore, 'readStream' | 'readAll'>;

/**
 * Reads as the server streams. It sends no more than the reader takes and a bounded number of events in advance, so a reader may be as slow
 * as it likes, and one that stops ends the call.
 */
export function createEventStoreReader(
  connection: EventStoreConnection,
  { end, follow }: Readonly<{ end: EventStoreEnd; follow: EventStore['subscribe'] }>,
): EventStoreReader {
  const { client, names } = connection;

  async function* readStream(
    stream: StreamName,
    options: ReadStreamOptions = {},
  ): AsyncGenerator<StoredEvent> {
    const { direction = FORWARDS, fromRevision, maxCount = Number.MAX_SAFE_INTEGER } = options;
    const first = direction === FORWARDS ? START : END;
    const from = fromRevision === undefined ? first : BigInt(fromRevision);
    connection.assertOpen();
    if (maxCount <= 0) return;
    try {
      yield* storedEvents(
        names,
        eachAnswer<ResolvedEvent>(connection, () =>
          client.readStream(names.toServer(stream), { direction, fromRevision: from, maxCount }),
        ),
      );
    } catch (error) {
      // A stream that was deleted is one that is not there.
      if (!isOfType(error, 'stream-not-found') && !isOfType(error, 'stream-deleted')) throw error;
    }
  }

  /**
   * Only what was there when the read began: otherwise a reader might chase busy writers for ever. By a subscription, as the server filters
   * those and no reads: it passes over what is not wanted, or is others', far faster than it could be sent here.
   */
  async function* readForwards(after: Position, filter?: EventFilter): AsyncGenerator<StoredEvent> {
    const last = (await end.lastEvent(after))?.position ?? startPosition;
    if (after >= last) return;
    const { signal } = new AbortController();
    for await (const batch of follow({ after, signal, ...(filter && { filter }) })) {
      for (const event of batch.events) {
        if (event.position > last) return;
        yield event;
      }
      if (batch.position >= last) return;
    }
    connection.assertOpen();
  }

  /** All that is between comes here, others' events too: for those who want a few of the last. */
  async function* readBackwards(
    after: Position | undefined,
    filter?: EventFilter,
  ): AsyncGenerator<StoredEvent> {
    if (after === startPosition) return;
    const fromPosition = (after && toServerPosition(after)) ?? END;
    const call = () => client.readAll({ direction: BACKWARDS, fromPosition });
    try {
      for await (const event of storedEvents(names, eachAnswer<AllStreamResolvedEvent>(connection, call))) {
        if (filter === undefined || passes(filter, event)) yield event;
      }
    } catch (error) {
      if (after === undefined || !isOfType(error, 'unknown')) throw error;
      throw await refusalAt(connection, end, after, error);
    }
  }

  async function* readAll(options: ReadAllOptions = {}): AsyncGenerator<StoredEvent> {
    const { direction = FORWARDS, after, filter, maxCount = Number.POSITIVE_INFINITY } = options;
    connection.assertOpen();
    if (after !== undefined) toServerPosition(after);
    let left = maxCount;
    if (left <= 0) return;
    const events =
      direction === FORWARDS ? readForwards(after ?? startPosition, filter) : readBackwards(after, filter);
    for await (const event of events) {
      yield event;
      left -= 1;
      if (left <= 0) return;
    }
  }

  return { readStream, readAll };
}

async function* storedEvents(
  names: EventStoreNames,
  answers: AsyncIterable<AllStreamResolvedEvent | ResolvedEvent>,
): AsyncGenerator<StoredEvent> {
  for await (const resolved of answers) {
    const stored = toStoredEvent(names, resolved);
    if (stored) yield stored;
  }
}
