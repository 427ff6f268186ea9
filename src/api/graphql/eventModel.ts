import type { RecordedEvent, StreamName } from '../../domain/events.ts';
import { parseEvent } from '../../domain/parseEvent.ts';
import type { EventStore } from '../../ports/eventStore.ts';
import type { AuditRow } from '../../ports/readModels.ts';
import type { EventModel, VisibleEvent } from './models.ts';

/** An event that is at hand, as the contract shows it. */
export function eventModel(event: RecordedEvent<VisibleEvent>): EventModel {
  const { id, type, stream, revision, position, recordedAt, metadata } = event;
  const { actor, correlationId } = metadata;
  return {
    id,
    type,
    at: recordedAt,
    actor,
    subjectId: subjectOf(stream),
    revision,
    position,
    correlationId,
    load: async () => event,
  };
}

/** A row of the audit trail as an event. Its data is read from its stream only if it is asked for. */
export function auditedEvent(eventStore: EventStore, row: AuditRow): EventModel {
  const { eventId, type, ...shown } = row;
  if (type === 'IdempotencyKeyClaimed') throw new Error(`${row.stream}: not for the audit trail`);
  return { ...shown, id: eventId, type, load: () => readEvent(eventStore, row) };
}

/** `job-job-c3rf…` → `job-c3rf…`: the thing that a stream's events are about. */
export function subjectOf(stream: StreamName): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/** Whether users may see an event. Claims of idempotency keys repeat, sealed, what other events say. */
export function isVisible(event: RecordedEvent): event is RecordedEvent<VisibleEvent> {
  return event.type !== 'IdempotencyKeyClaimed';
}

/** An event's data without what only oneoff itself can use: sealed values and the hashes of tokens' secrets. */
export function visibleData(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data, (key, value) => (hiddenFields.has(key) ? undefined : value)));
}

const hiddenFields: ReadonlySet<string> = new Set(['sealedValue', 'secretHash']);

async function readEvent(eventStore: EventStore, { stream, revision }: AuditRow): Promise<RecordedEvent> {
  for await (const stored of eventStore.readStream(stream, { fromRevision: revision, maxCount: 1 })) {
    return parseEvent(stored);
  }
  throw new Error(`${stream}@${revision}: in the audit trail, but not in the log`);
}
