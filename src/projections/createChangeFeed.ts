import { categoryOf, type Position, type StreamCategory, startPosition } from '../domain/events.ts';
import type { EventStore } from '../ports/eventStore.ts';
import type { DrivenChangeFeed } from './changeFeed.ts';
import { followChanges } from './followChanges.ts';
import { createRecentEvents } from './recentEvents.ts';
import { createSleepers } from './sleepers.ts';

export type ChangeFeedOptions = Readonly<{
  /** Where followers read what is older than the recent events. */
  eventStore: EventStore;
  /** How many of the last events stay in memory (for a moment, up to twice as many). */
  recentEvents: number;
  /** The most events that a follower reads, and is given, at a time. */
  pageEvents: number;
}>;

type Waiter = Readonly<{ position: Position; resolve: () => void }>;

/** The change feed of this node. It stands at the start of the log until the projection loop drives it. */
export function createChangeFeed({
  eventStore,
  recentEvents,
  pageEvents,
}: ChangeFeedOptions): DrivenChangeFeed {
  let position = startPosition;
  let recent = createRecentEvents(position, recentEvents);
  const sleepers = createSleepers();
  const waiters = new Set<Waiter>();
  const changedAt = new Map<StreamCategory, Position>();
  let openedAt = position;

  const answerReached = () => {
    for (const waiter of waiters) if (waiter.position <= position) waiter.resolve();
  };
  const log = { eventStore, pageEvents, position: () => position, recent: () => recent, sleepers };

  return {
    position: () => position,
    lastChanged: (category) => changedAt.get(category) ?? openedAt,
    reached: (wanted, signal) =>
      wanted <= position ? Promise.resolve() : waitUntilReached(waiters, wanted, signal),
    follow: (options) => followChanges(log, options),
    advance: (events, reached) => {
      position = reached;
      recent.add(events);
      for (const event of events) changedAt.set(categoryOf(event.stream), event.position);
      answerReached();
      sleepers.wake(events);
    },
    restart: (at) => {
      position = at;
      openedAt = at;
      changedAt.clear();
      recent = createRecentEvents(at, recentEvents);
      answerReached();
      sleepers.wakeAll();
    },
    waiting: () => sleepers.count() + waiters.size,
  };
}

function waitUntilReached(waiters: Set<Waiter>, position: Position, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const leave = () => {
      waiters.delete(waiter);
      signal?.removeEventListener('abort', abort);
    };
    const waiter = {
      position,
      resolve: () => {
        leave();
        resolve();
      },
    };
    const abort = () => {
      leave();
      reject(signal?.reason);
    };
    waiters.add(waiter);
    signal?.addEventListener('abort', abort);
  });
}
