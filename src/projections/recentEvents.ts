import type { Position, RecordedEvent } from '../domain/events.ts';

/** The end of the log in memory, so that those who follow it closely need not read it again. */
export type RecentEvents = Readonly<{
  add(events: readonly RecordedEvent[]): void;
  /** Nothing after this place has been forgotten. */
  since(): Position;
  /** At most `limit` events after `position`, oldest first; undefined where some of them have been forgotten. */
  after(position: Position, limit: number): readonly RecordedEvent[] | undefined;
}>;

/** Keeps the last `capacity` events, at times up to twice as many: that way forgetting is one cut for many events. */
export function createRecentEvents(start: Position, capacity: number): RecentEvents {
  let since = start;
  let kept: RecordedEvent[] = [];
  return {
    add: (events) => {
      for (const event of events) kept.push(event);
      const surplus = kept.length - capacity;
      if (kept.length <= 2 * capacity) return;
      since = kept[surplus - 1]?.position ?? since;
      kept = kept.slice(surplus);
    },
    since: () => since,
    after: (position, limit) => {
      if (position < since) return undefined;
      const first = firstAfter(kept, position);
      return kept.slice(first, first + limit);
    },
  };
}

/** The index of the first of `events` that lies after `position`. */
function firstAfter(events: readonly RecordedEvent[], position: Position): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && event.position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
