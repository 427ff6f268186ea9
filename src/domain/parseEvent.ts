import {
  type EventType,
  eventMetadataSchema,
  eventSchemas,
  type RecordedEvent,
  type StoredEvent,
} from './events.ts';
import { presentVersion, type Upcasters, upcast, upcasters } from './upcast.ts';

/** A stored event that is not what its type and version say: a broken log, never a user's mistake. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
}

/** Parses what the log holds and brings it to its present version. Throws `UnreadableEventError`. */
export function parseEvent(stored: StoredEvent, steps: Upcasters = upcasters): RecordedEvent {
  const { type } = stored;
  if (!isEventType(type)) throw new UnreadableEventError(`${place(stored)}: unknown event type ${type}`);
  const metadata = eventMetadataSchema.safeParse(stored.metadata);
  if (!metadata.success)
    throw new UnreadableEventError(`${place(stored)}: metadata ${metadata.error.message}`);
  const { schemaVersion } = metadata.data;
  if (schemaVersion > presentVersion(type, steps)) {
    throw new UnreadableEventError(
      `${place(stored)}: ${type} has version ${schemaVersion}, newer than this program`,
    );
  }
  const data = eventSchemas[type].safeParse(upcast(type, schemaVersion, stored.data, steps));
  if (!data.success) throw new UnreadableEventError(`${place(stored)}: ${type} ${data.error.message}`);
  return { ...stored, type, data: data.data, metadata: metadata.data } as RecordedEvent;
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

function place(stored: StoredEvent): string {
  return `${stored.stream}@${stored.revision}`;
}
