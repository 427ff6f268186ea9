import type { EventType, Position, RecordedEvent, StoredEvent } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import type { Change, ReadModelStore } from '../ports/readModelStore.ts';
import type { Projection } from './projection.ts';

export type Applied = Readonly<{
  /** What the rows hold now and did not before. */
  events: readonly RecordedEvent[];
  /** How far the rows reach now. */
  position: Position;
  /** Why it stopped before the end: at the event after the last of `events`. Undefined where nothing failed. */
  failure?: Readonly<{ cause: unknown }>;
}>;

export type Batch = Readonly<{ events: readonly StoredEvent[]; position: Position }>;

/**
 * Applies batches to the rows, which reach `after`; keeping them is left to the caller. Of a batch that fails, the events before the
 * one at fault are applied; that one and those after it are not: read models must not lie, so nothing is ever skipped. Throws nothing.
 */
export function createEventApplier(
  store: ReadModelStore,
  projections: readonly Projection[],
): (batch: Batch, after: Position) => Applied {
  const byType = projectionsByType(projections);

  /** All that an event asks for is known before any of it is done: one that fails leaves nothing behind. */
  function apply(event: RecordedEvent): void {
    const changes: Change[] = [];
    for (const projection of byType.get(event.type) ?? []) {
      for (const change of projection.project(event, store.read)) changes.push(change);
    }
    for (const change of changes) store.change(change);
  }

  return (batch, after) => {
    const events: RecordedEvent[] = [];
    let position = after;
    for (const stored of batch.events) {
      if (stored.position <= position) continue;
      try {
        const event = parseEvent(stored);
        apply(event);
        events.push(event);
      } catch (cause) {
        return { events, position, failure: { cause } };
      }
      position = stored.position;
    }
    if (position < batch.position) position = batch.position;
    return { events, position };
  };
}

function projectionsByType(
  projections: readonly Projection[],
): ReadonlyMap<EventType, readonly Projection[]> {
  const byType = new Map<EventType, Projection[]>();
  for (const projection of projections) {
    for (const type of projection.handles) byType.set(type, [...(byType.get(type) ?? []), projection]);
  }
  return byType;
}
