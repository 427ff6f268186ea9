import { randomUUID } from 'node:crypto';
import {
  type EventMetadata,
  type EventType,
  type StoredEvent,
  type StreamCategory,
  type StreamName,
  streamName,
} from '../../../src/domain/events.ts';
import type { EventBatch, NewEvent } from '../../../src/ports/eventStore.ts';

export const metadata: EventMetadata = {
  workspaceId: 'wks-00000000000000000010',
  actor: { kind: 'process', name: 'contract' },
  correlationId: 'a request',
  causationId: null,
  schemaVersion: 1,
  traceparent: null,
};

/** A stream that no other test writes to. */
export function newStream(category: StreamCategory = 'job'): StreamName {
  return streamName(category, randomUUID());
}

/** An event to append; stores do not look into the data. */
export function newEvent(data: unknown = {}, type: EventType = 'JobStarted'): NewEvent {
  return { id: randomUUID(), type, data, metadata };
}

export function newEvents(count: number, type?: EventType): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent({ index }, type));
}

export async function collect<Item>(source: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

export function idsOf(events: readonly Readonly<{ id: string }>[]): readonly string[] {
  return events.map(({ id }) => id);
}

/** Reads batches until `enough` of them says so, then aborts, and waits for the subscription's own end. */
export async function batchesUntil(
  subscribe: (signal: AbortSignal) => AsyncIterable<EventBatch>,
  enough: (batches: readonly EventBatch[]) => boolean,
): Promise<readonly EventBatch[]> {
  const controller = new AbortController();
  const batches: EventBatch[] = [];
  for await (const batch of subscribe(controller.signal)) {
    batches.push(batch);
    if (enough(batches)) controller.abort();
  }
  return batches;
}

export function eventsOf(batches: readonly EventBatch[]): readonly StoredEvent[] {
  return batches.flatMap(({ events }) => events);
}
