import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { EventMetadata, StoredEvent } from '../../domain/events.ts';
import type { NewEvent } from '../../ports/eventStore.ts';
import type { EventStoreNames } from './eventStoreNames.ts';
import { toPosition } from './eventStorePosition.ts';

/**
 * The event as the port has it; undefined where it is not one of this installation's own. The log also holds those of others, and the
 * server's: streams whose name begins with `$`, with events of any type, which the client's `excludeSystemEvents` lets through since it
 * looks at the type alone.
 */
export function toStoredEvent(
  names: EventStoreNames,
  { event }: AllStreamResolvedEvent | ResolvedEvent,
): StoredEvent | undefined {
  const stream = event && names.fromServer(event.streamId);
  if (event?.position === undefined || stream === undefined) return undefined;
  return {
    id: event.id,
    type: event.type,
    data: event.data,
    stream,
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
