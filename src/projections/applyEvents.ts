import type { EventType, Position, RecordedEvent, StoredEvent } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import type { ReadModelStore } from '../ports/readModelStore.ts';
import type { Projection } from './projection.ts';

export type Applied = Readonly<{
  /** What the read models show now and did not before. */
  events: readonly RecordedEvent[];
  /** Why it stopped before the end: at the event after the last of `events`. Undefined where nothing failed. */
  failure?: Readonly<{ cause: unknown }>;
}>;

export type Batch = Readonly<{ events: readonly StoredEvent[]; position: Position }>;

/**
 * Applies batches to the read models, each in one transaction. Of a batch that fails, the events before the one at fault are
 * applied; that one and those after it are not: read models must not lie, so nothing is ever skipped. Throws nothing.
 */
export function createEventApplier(
  store: ReadModelStore,
  projections: readonly Projection[],
): (batch: Batch) => Applied {
  const byType = projectionsByType(projections);

  function apply(events: readonly RecordedEvent[], position: Position): void {
    store.apply(position, (read, change) => {
      for (const event of events) {
        for (const projection of byType.get(event.type) ?? []) {
          for (const asked of projection.project(event, read)) change(asked);
        }
      }
    });
  }

  function applySingly(events: readonly RecordedEvent[]): Applied {
    const applied: RecordedEvent[] = [];
    for (const event of events) {
      try {
        apply([event], event.position);
      } catch (cause) {
        return { events: applied, failure: { cause } };
      }
      applied.push(event);
    }
    return { events: applied };
  }

  return (batch) => {
    const read = readable(batch.events, store.position());
    const reached = read.failure ? read.events.at(-1)?.position : batch.position;
    if (reached === undefined || reached <= store.position()) return read;
    try {
      apply(read.events, reached);
      return read;
    } catch {
      return { ...read, ...applySingly(read.events) };
    }
  };
}

/** The events after `position`, each once, up to the first that cannot be read. */
function readable(stored: readonly StoredEvent[], position: Position): Applied {
  const events: RecordedEvent[] = [];
  let last = position;
  for (const event of stored) {
    if (event.position <= last) continue;
    last = event.position;
    try {
      events.push(parseEvent(event));
    } catch (cause) {
      return { events, failure: { cause } };
    }
  }
  return { events };
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
