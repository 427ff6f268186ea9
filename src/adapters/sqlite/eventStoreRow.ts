import type { StoredEvent, StreamName } from '../../domain/events.ts';
import { toPosition } from './eventStorePosition.ts';

/** A row of the table `events`; the table is STRICT, so SQLite itself vouches for the types. */
export type EventRow = Readonly<{
  sequence: number;
  stream: StreamName;
  revision: number;
  type: string;
  id: string;
  recorded_ms: number;
  metadata: string;
  data: string;
}>;

export const eventColumns = 'sequence, stream, revision, type, id, recorded_ms, metadata, data';

/** The event that a row holds, its data and metadata as JSON gives them. */
export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    id: row.id,
    type: row.type,
    data: JSON.parse(row.data),
    metadata: JSON.parse(row.metadata),
    stream: row.stream,
    revision: row.revision,
    position: toPosition(row.sequence),
    recordedAt: new Date(row.recorded_ms).toISOString(),
  };
}
