import type { Position, RecordedEvent } from '../domain/events.ts';
import type { EventFilter } from '../ports/eventStore.ts';

/** Events that the read models already show, up to `position`, oldest first. */
export type ProjectedEvents = Readonly<{ events: readonly RecordedEvent[]; position: Position }>;

/** What the read side tells the world as it moves on. */
export type ChangeFeed = Readonly<{
  /** How far the read models reach. */
  position(): Position;
  /** Answers once the read models have reached `position`; rejects with the signal's reason when it aborts. */
  reached(position: Position, signal?: AbortSignal): Promise<void>;
  /**
   * The matching events after `after`: those that are there, then those that come, each after the read models show it, without
   * gap or repeat, until `signal` aborts. Every follower is only a place in the log: one that stops reading costs nothing.
   */
  follow(
    options: Readonly<{
      after: Position;
      filter?: EventFilter;
      matches?: (event: RecordedEvent) => boolean;
      signal: AbortSignal;
    }>,
  ): AsyncIterable<ProjectedEvents>;
}>;
