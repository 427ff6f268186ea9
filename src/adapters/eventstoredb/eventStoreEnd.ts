import { type AllStreamResolvedEvent, BACKWARDS, END } from '@eventstore/db-client';
import { type Position, type StoredEvent, startPosition } from '../../domain/events.ts';
import { eachAnswer } from './eventStoreAnswers.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import { toStoredEvent } from './eventStoreEvent.ts';
import { toPosition } from './eventStorePosition.ts';
import { ownEventAt, searchLastOwnEvent } from './eventStoreSearch.ts';

/** Where one of the installation's own events is, and what a subscription must ask for to be sent it. */
export type EventPlace = Pick<StoredEvent, 'position' | 'stream' | 'type'>;

export type EventStoreEnd = Readonly<{
  /**
   * The last of the installation's own events, undefined where there is none. `reached`, where a reader has got to, may spare a look at all
   * before it. Throws `EventStoreUnavailableError`.
   */
  lastEvent(reached?: Position): Promise<EventPlace | undefined>;
}>;

type KnownEnd = Readonly<{ end: Position; last: EventPlace | undefined }>;

const nothingKnown: KnownEnd = { end: startPosition, last: undefined };
const maxPageEvents = 1_000;
/** Whole pages, and more than lie between two checkpoints: so one of those comes before the end of the log is reached. */
const maxPassedEvents = 1 + 32 + 2 * maxPageEvents;

/**
 * Looks from the end of the log backwards. Mostly its last event is one of the installation's own. Behind others' events it reads pages that
 * grow, and only back to the end that an earlier look found. Where there are many, it lets the server search what is before them.
 */
export function createEventStoreEnd(connection: EventStoreConnection): EventStoreEnd {
  let known = nothingKnown;

  const remember = (end: Position, found: EventPlace | undefined): EventPlace | undefined => {
    // Without the event's data.
    const last = found && { position: found.position, stream: found.stream, type: found.type };
    if (end >= known.end) known = { end, last };
    return last;
  };

  async function search(reached: Position, until: Position): Promise<EventPlace | undefined> {
    const isNews = reached < until && reached > (known.last?.position ?? startPosition);
    const from = (isNews ? await ownEventAt(connection, reached) : undefined) ?? known.last;
    return searchLastOwnEvent(connection, from, until);
  }

  return {
    lastEvent: async (reached = startPosition) => {
      let end: Position | undefined;
      let passed = 0;
      for await (const resolved of backwards(connection)) {
        if (!resolved.event) continue;
        const position = toPosition(resolved.event.position);
        // An end before the known one is that of another log, or of an older copy of it.
        if (end === undefined && position < known.end) known = nothingKnown;
        end ??= position;
        if (position <= known.end) return remember(end, known.last);
        const own = toStoredEvent(connection.names, resolved);
        if (own) return remember(end, own);
        passed += 1;
        if (passed === maxPassedEvents) return remember(end, await search(reached, position));
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
