import { type AllStreamResolvedEvent, FORWARDS, START } from '@eventstore/db-client';
import type { Position } from '../../domain/events.ts';
import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import { eachAnswer, openAnswers } from './eventStoreAnswers.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import type { EventPlace, EventStoreEnd } from './eventStoreEnd.ts';
import { toStoredEvent } from './eventStoreEvent.ts';
import { eventStoreFailure, isOfType, noSuchPosition } from './eventStoreFailure.ts';
import { serverFilter } from './eventStoreFilter.ts';
import { toPosition, toServerPosition } from './eventStorePosition.ts';

/** The own event at `position`; undefined where there is none. Throws `EventStoreUnavailableError`. */
export async function ownEventAt(
  connection: EventStoreConnection,
  position: Position,
): Promise<EventPlace | undefined> {
  const found = await lookAt(connection, position);
  const event =
    found === 'refused' || found === 'nothing' ? undefined : toStoredEvent(connection.names, found);
  return event?.position === position ? event : undefined;
}

/**
 * What to throw for `error`, with which the server refused to begin at `position`, and which says no more than that something went wrong:
 * an `UnknownPositionError` only where the server is well, and refuses the position again. Throws `EventStoreUnavailableError` itself.
 */
export async function refusalAt(
  connection: EventStoreConnection,
  end: EventStoreEnd,
  position: Position,
  error: unknown,
): Promise<unknown> {
  await end.lastEvent();
  const isRefused = (await lookAt(connection, position)) === 'refused';
  return isRefused ? noSuchPosition(position, error) : eventStoreFailure(error, 'read');
}

/** The event at `position`, or the next one. */
async function lookAt(
  connection: EventStoreConnection,
  position: Position,
): Promise<AllStreamResolvedEvent | 'nothing' | 'refused'> {
  const fromPosition = toServerPosition(position) ?? START;
  try {
    const call = () => connection.client.readAll({ direction: FORWARDS, fromPosition, maxCount: 1 });
    for await (const resolved of eachAnswer<AllStreamResolvedEvent>(connection, call)) return resolved;
    return 'nothing';
  } catch (error) {
    if (isOfType(error, 'unknown')) return 'refused';
    throw error;
  }
}

/**
 * The last own event; `from`, an earlier one, where none follows. For a log in which others wrote much since: the server passes over that
 * far faster than it could be sent here. Looks as far as a checkpoint that is not before `until`; the server tells of none for the very
 * last events of a log, so those must have been looked at already. Throws `EventStoreUnavailableError`.
 */
export async function searchLastOwnEvent(
  connection: EventStoreConnection,
  from: EventPlace | undefined,
  until: Position,
): Promise<EventPlace | undefined> {
  const { client, names, answerTimeoutMs } = connection;
  let last = from;
  let isThere = false;
  const filter = serverFilter(names, undefined, undefined, (_, position) => {
    isThere ||= toPosition(position) >= until;
    answers.wake();
  });
  const fromPosition = (from && toServerPosition(from.position)) ?? START;
  const answers = openAnswers<AllStreamResolvedEvent>(
    connection,
    client.subscribeToAll({ fromPosition, filter }),
  );
  try {
    for (;;) {
      for (let next = answers.take(); next !== undefined; next = answers.take())
        last = toStoredEvent(names, next) ?? last;
      connection.assertOpen();
      if (isThere && answers.isEmpty()) return last;
      const ending = answers.ending();
      if (ending) throw eventStoreFailure(ending.error ?? endedSearch(), 'searched');
      await answers.changed(answerTimeoutMs);
    }
  } finally {
    answers.close();
  }
}

function endedSearch(): EventStoreUnavailableError {
  return new EventStoreUnavailableError('The event store ended the search for the last event');
}
