import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AllStreamResolvedEvent, START } from '@eventstore/db-client';
import { assertNever } from '../../domain/assertNever.ts';
import { type Position, type StoredEvent, startPosition } from '../../domain/events.ts';
import {
  type EventBatch,
  type EventFilter,
  EventStoreUnavailableError,
  passes,
} from '../../ports/eventStore.ts';
import { type EventStoreAnswers, openAnswers } from './eventStoreAnswers.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import type { EventPlace, EventStoreEnd } from './eventStoreEnd.ts';
import { toStoredEvent } from './eventStoreEvent.ts';
import { eventStoreFailure, isOfType } from './eventStoreFailure.ts';
import { serverFilter } from './eventStoreFilter.ts';
import type { EventStoreNames } from './eventStoreNames.ts';
import { toPosition, toServerPosition } from './eventStorePosition.ts';
import { refusalAt } from './eventStoreSearch.ts';

export type EventStoreSubscriptionOptions = Readonly<{
  after: Position;
  filter?: EventFilter;
  signal: AbortSignal;
  batchEvents: number;
  connection: EventStoreConnection;
  end: EventStoreEnd;
}>;

/** Where a subscription is, across its connections. */
type Follower = {
  readonly isOver: () => boolean;
  cursor: Position;
  /** The last event that the server sent, whoever wrote it. */
  received: Position;
  /** Whether its reader was told last that it has caught up. */
  knowsCaughtUp: boolean;
  wake: () => void;
};

/** Why one connection of it is over. */
type Disconnection =
  | Readonly<{ kind: 'over' | 'behind' }>
  | Readonly<{ kind: 'dropped' | 'refused'; error: unknown }>;

/** A log that was looked at longer ago than this may have grown much: reaching what was its end is not having caught up. */
export const maxEndAgeMs = 1_000;
const maxFruitlessDrops = 3;

/**
 * A subscription is a cursor, up to which its reader was given all that is wanted, and at most one call to the server, which sends what the
 * reader takes. It is
 *   - catching up: before the end of the log as that was when it connected. The server tells nobody that they have reached the end, so the
 *     last own event is asked for too, wanted or not. Reached late, it is no longer the end: then it connects again, with a new one;
 *   - live: since then. What is here is all that there is. After a long silence it asks the leader for the last event, as a node that is cut off
 *     from its cluster keeps those who follow it, and has nothing for them: where it missed something, it connects again;
 *   - dropped: the server holds 32 events for a live reader, and gives up one who is slower than that, or whom a burst met. That is normal
 *     operation: it connects again, from its cursor;
 *   - ended: by `signal`, or the store's closing, or an error, from which its reader goes on with a new subscription.
 * A reader that is at the end already learns so at once, from a batch without events.
 */
export async function* eventStoreSubscription(
  options: EventStoreSubscriptionOptions,
): AsyncGenerator<EventBatch> {
  const { after, signal, connection, end } = options;
  connection.assertOpen();
  const isOver = () => signal.aborted || connection.isClosed();
  const follower: Follower = { isOver, cursor: after, received: after, knowsCaughtUp: false, wake: () => {} };
  const abort = () => follower.wake();
  signal.addEventListener('abort', abort);
  let fruitlessDrops = 0;
  try {
    while (!isOver()) {
      const from = follower.cursor;
      const disconnection = yield* oneConnection(options, follower, await end.lastEvent(from));
      switch (disconnection.kind) {
        case 'over':
          return;
        case 'behind':
          break;
        case 'dropped':
          fruitlessDrops = follower.cursor === from ? fruitlessDrops + 1 : 0;
          if (fruitlessDrops > maxFruitlessDrops) throw eventStoreFailure(disconnection.error, 'followed');
          break;
        case 'refused':
          throw await refusalAt(connection, end, from, disconnection.error);
        default:
          assertNever(disconnection);
      }
    }
  } catch (error) {
    if (!isOver()) throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function* oneConnection(
  { filter, batchEvents, connection, end }: EventStoreSubscriptionOptions,
  follower: Follower,
  goal: EventPlace | undefined,
): AsyncGenerator<EventBatch, Disconnection> {
  const connectedMs = performance.now();
  const from = follower.cursor;
  let isLive = from >= positionOf(goal);
  // The server tells of a checkpoint before the reader has taken the events that come before it. While it catches up, it also tells of some
  // that are no event's position: from those it would go on one event too late under another filter.
  let checkpoint: Position | undefined;
  const sent = serverFilter(connection.names, filter, isLive ? undefined : goal, (_, position) => {
    if (position.prepare === position.commit) checkpoint = toPosition(position);
    follower.wake();
  });
  const answers = openAnswers<AllStreamResolvedEvent>(
    connection,
    connection.client.subscribeToAll(
      { fromPosition: toServerPosition(from) ?? START, filter: sent },
      { highWaterMark: batchEvents },
    ),
  );
  follower.wake = answers.wake;
  try {
    while (!follower.isOver()) {
      const before = follower.cursor;
      const events = takeEvents(connection.names, answers, follower, filter, batchEvents);
      if (follower.cursor !== before) {
        const isThere = isLive || follower.cursor >= positionOf(goal);
        const isBehind = !isLive && isThere && performance.now() - connectedMs > maxEndAgeMs;
        isLive = isThere && !isBehind;
        yield batchOf(follower, events, isLive && answers.isEmpty());
        if (isBehind) return { kind: 'behind' };
        continue;
      }
      if (isLive && !follower.knowsCaughtUp) {
        yield batchOf(follower, [], true);
        continue;
      }
      if (checkpoint !== undefined) {
        const told = checkpoint;
        checkpoint = undefined;
        if (filter === undefined) continue;
        // While it catches up, what was received may be others', of a type that is wanted: a broken connection need not begin with it again.
        const passed = isLive ? await ownUpTo(told, end) : follower.received;
        if (passed <= follower.cursor) continue;
        follower.cursor = passed;
        yield batchOf(follower, [], isLive && answers.isEmpty());
        continue;
      }
      const ending = answers.ending();
      if (ending) return disconnection(ending.error, from !== startPosition && from === follower.cursor);
      if (!isLive) await answers.changed(connection.answerTimeoutMs);
      else if (await answers.silent(connection.answerTimeoutMs)) {
        const isBehind = await hasMissed(end, follower.cursor, filter);
        if (isBehind && answers.isEmpty()) return { kind: 'behind' };
      }
      // What came with it is handed over in this turn: under load there are several, and a batch costs its reader more than an event does.
      await nextTurn();
    }
    return { kind: 'over' };
  } finally {
    answers.close();
  }
}

/** Whether the last event is wanted, and comes after `cursor`. */
async function hasMissed(
  end: EventStoreEnd,
  cursor: Position,
  filter: EventFilter | undefined,
): Promise<boolean> {
  const last = await end.lastEvent();
  return last !== undefined && last.position > cursor && (filter === undefined || passes(filter, last));
}

/** What is here of what is wanted, at most `batchEvents`; moves the cursor over all that it takes. */
function takeEvents(
  names: EventStoreNames,
  answers: EventStoreAnswers<AllStreamResolvedEvent>,
  follower: Follower,
  filter: EventFilter | undefined,
  batchEvents: number,
): readonly StoredEvent[] {
  const events: StoredEvent[] = [];
  while (events.length < batchEvents) {
    const resolved = answers.take();
    if (resolved === undefined) break;
    if (resolved.event) follower.received = toPosition(resolved.event.position);
    const event = toStoredEvent(names, resolved);
    // Whoever began beyond the end of the log is sent what comes before that place, too.
    if (event === undefined || event.position <= follower.cursor) continue;
    follower.cursor = event.position;
    if (filter === undefined || passes(filter, event)) events.push(event);
  }
  return events;
}

/**
 * Where a reader is who has come to `checkpoint`, before which all was looked at and all that is wanted was taken: not beyond the last own
 * event, as who is behind the end of the log could be taken for a reader of another log.
 */
async function ownUpTo(checkpoint: Position, end: EventStoreEnd): Promise<Position> {
  const last = positionOf(await end.lastEvent());
  return checkpoint < last ? checkpoint : last;
}

function batchOf(follower: Follower, events: readonly StoredEvent[], caughtUp: boolean): EventBatch {
  follower.knowsCaughtUp = caughtUp;
  return { events, position: follower.cursor, caughtUp };
}

/** Answers where its reader need not, or may not, be told of `error`; else throws it. `isFirst` says that nothing came from its position. */
function disconnection(error: unknown, isFirst: boolean): Disconnection {
  if (isOfType(error, 'timeout')) return { kind: 'dropped', error };
  if (isFirst && isOfType(error, 'unknown')) return { kind: 'refused', error };
  if (error === undefined) throw new EventStoreUnavailableError('The event store ended the subscription');
  throw eventStoreFailure(error, 'followed');
}

function positionOf(place: EventPlace | undefined): Position {
  return place?.position ?? startPosition;
}
