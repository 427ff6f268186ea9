import type { Position, RecordedEvent, StreamCategory, StreamName } from '../domain/events.ts';
import type { EventFilter } from '../ports/eventStore.ts';

/**
 * Events that the read models already show, up to `position`, oldest first. There may be none: then nothing matched for so long that
 * whoever resumed from the last place told would have to read the log again, and `position` lets it move on.
 */
export type ProjectedEvents = Readonly<{ events: readonly RecordedEvent[]; position: Position }>;

export type FollowOptions = Readonly<{
  after: Position;
  /** Only this stream's events: far cheaper than the same by `matches`, since no other event wakes the follower. */
  stream?: StreamName;
  filter?: EventFilter;
  matches?: (event: RecordedEvent) => boolean;
  signal: AbortSignal;
}>;

/** What the read side tells the world as it moves on. */
export type ChangeFeed = Readonly<{
  /** How far the read models reach. */
  position(): Position;
  /** The last event of `category` that the read models show; where none came since they were opened, where they stood then. */
  lastChanged(category: StreamCategory): Position;
  /** Answers once the read models have reached `position`; rejects with the signal's reason when it aborts. */
  reached(position: Position, signal?: AbortSignal): Promise<void>;
  /**
   * The matching events after `after`: those that are there, then those that come, each after the read models show it, without
   * gap or repeat, until `signal` aborts or the reader returns. Every follower is only a place in the log: one that stops reading
   * costs nothing. Throws `EventStoreUnavailableError` where older events cannot be read now: follow again from the last position.
   */
  follow(options: FollowOptions): AsyncIterable<ProjectedEvents>;
}>;

/** The change feed with the side that the projection loop holds. */
export type DrivenChangeFeed = ChangeFeed &
  Readonly<{
    /** The read models now show `events`, all there are between where they were and `position`. */
    advance(events: readonly RecordedEvent[], position: Position): void;
    /** The read models are at `position` without having come there event by event: they were opened, or dropped. */
    restart(position: Position): void;
    /** How many wait: followers for news, callers of `reached` for their position. None may be left behind by one who is gone. */
    waiting(): number;
  }>;
