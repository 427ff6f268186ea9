import { type AllStreamResolvedEvent, BACKWARDS, END } from '@eventstore/db-client';
import { type Position, type StoredEvent, startPosition } from '../../domain/events.ts';
import { eachAnswer } from './eventStoreAnswers.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import { toStoredEvent } from './eventStoreEvent.ts';
import { toPosition } from './eventStorePosition.ts';

/** Where one of the installation's own events is, and what a subscription must ask for to be sent it. */
export type EventPlace = Pick<StoredEvent, 'position' | 'stream' | 'type'>;

export type EventStoreEnd = Readonly<{
  /** The last of the installation's own events, undefined where there is none. Throws `EventStoreUnavailableError`. */
  lastEvent(): Promise<EventPlace | undefined>;
}>;

type KnownEnd = Readonly<{ end: Position; last: EventPlace | undefined }>;

const nothingKnown: KnownEnd = { end: startPosition, last: undefined };
const maxPageEvents = 1_000;

/**
 * Looks from the end of the log backwards. Mostly its last event is one of the installation's own. Behind others' events it reads pages that
 * grow, and only back to the end that an earlier look found: however many there are, each is passed once.
 */
export function createEventStoreEnd(connection: EventStoreConnection): EventStoreEnd {
  let known = nothingKnown;

  const remember = (end: Position, last: EventPlace | undefined) => {
    if (end >= known.end) known = { end, last };
    return last;
  };

  return {
    lastEvent: async () => {
      let end: Position | undefined;
      for await (const resolved of backwards(connection)) {
        if (!resolved.event) continue;
        const position = toPosition(resolved.event.position);
        // An end before the known one is that of another log, or of an older copy of it.
        if (end === undefined && position < known.end) known = nothingKnown;
        end ??= position;
        if (position <= known.end) return remember(end, known.last);
        const own = toStoredEvent(connection.names, resolved);
        if (own) return remember(end, { position: own.position, stream: own.stream, type: own.type });
      }
      return remember(end ?? startPosition, undefined);
    },
  };
}

/** All events of the log, the last first, in pages from 1 event on: reading stops soon after its reader does. */
async function* backwards(connection: EventStoreConnection): AsyncGenerator<AllStreamResolvedEvent> {
  let last: AllStreamResolvedEvent | undefined;
  for (let maxCount = 1; ; maxCount = Math.min(maxCount * 32, maxPageEvents)) {
    const fromPosition = last?.event?.position ?? END;
    let count = 0;
    for await (const resolved of eachAnswer<AllStreamResolvedEvent>(connection, () =>
      connection.client.readAll({ direction: BACKWARDS, fromPosition, maxCount }),
    )) {
      count += 1;
      last = resolved;
      yield resolved;
    }
    if (count < maxCount) return;
  }
}
