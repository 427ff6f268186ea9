import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client';
import { type StoredEvent, type StreamName, streamCategories } from '../../domain/events.ts';
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
    metadata: event.metadata,
    stream: event.streamId,
    revision: Number(event.revision),
    position: toPosition(event.position),
    recordedAt: event.created.toISOString(),
  };
}

function isOwnStream(stream: string): stream is StreamName {
  return streamPrefixes.some((prefix) => stream.startsWith(prefix));
}
