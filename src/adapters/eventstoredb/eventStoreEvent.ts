import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client';
import {
  type EventMetadata,
  type StoredEvent,
  type StreamName,
  streamCategories,
} from '../../domain/events.ts';
import type { NewEvent } from '../../ports/eventStore.ts';
import { toPosition } from './eventStorePosition.ts';

/** What begins the name of each of oneoff's own streams. */
export const streamPrefixes: readonly string[] = streamCategories.map((category) => `${category}-`);

/**
 * The event as the port has it; undefined where it is not one of oneoff's own. The log also holds the server's: streams whose name begins
 * with `$`, with events of any type, which the client's `excludeSystemEvents` lets through since it looks at the type alone.
 */
export function toStoredEvent({ event }: AllStreamResolvedEvent | ResolvedEvent): StoredEvent | undefined {
  if (event?.position === undefined || !isOwnStream(event.streamId)) return undefined;
  return {
    id: event.id,
    type: event.type,
    data: event.data,
    stream: event.streamId,
    revision: Number(event.revision),
    position: toPosition(event.position),
    ...fromServerMetadata(event.metadata, event.created),
  };
}

/** What the server keeps beside the data. It stamps each event with its own time, so the instant of a copied one goes in here. */
export function toServerMetadata({
  metadata,
  recordedAt,
}: NewEvent): EventMetadata & Readonly<{ recordedAt?: string }> {
  return recordedAt === undefined ? metadata : { ...metadata, recordedAt: isoOf(recordedAt) };
}

function fromServerMetadata(kept: unknown, created: Date): Pick<StoredEvent, 'metadata' | 'recordedAt'> {
  if (typeof kept !== 'object' || kept === null || !('recordedAt' in kept))
    return { metadata: kept, recordedAt: created.toISOString() };
  const { recordedAt, ...metadata } = kept;
  return { metadata, recordedAt: String(recordedAt) };
}

/** Throws a `RangeError` for what is no instant. */
function isoOf(instant: string): string {
  return new Date(instant).toISOString();
}

function isOwnStream(stream: string): stream is StreamName {
  return streamPrefixes.some((prefix) => stream.startsWith(prefix));
}
