import {
  type Position,
  type RecordedEvent,
  type StreamName,
  startPosition,
  streamName,
} from '../../../domain/events.ts';
import { isId, type WorkspaceId } from '../../../domain/ids.ts';
import type { ChangeFeed } from '../../../projections/changeFeed.ts';
import { eventModel, isVisible, subjectOf } from '../eventModel.ts';
import type { EventModel, VisibleEvent } from '../models.ts';

export type EventBatch = Readonly<{ position: Position; events: readonly EventModel[] }>;
export type WatchedEvents = Readonly<{
  subjectId?: string | undefined;
  types?: readonly VisibleEvent['type'][] | undefined;
}>;

/**
 * The workspace's events that pass `wanted`, after `after` or from the start of the log, until `signal` aborts. A batch without events tells
 * that the position has moved. Throws as `ChangeFeed.follow`.
 */
export async function* eventBatches(
  changes: ChangeFeed,
  workspaceId: WorkspaceId,
  { subjectId, types }: WatchedEvents,
  after: Position | undefined,
  signal: AbortSignal,
): AsyncIterable<EventBatch> {
  const stream = subjectId === undefined ? undefined : streamOf(subjectId);
  const filter = types ? { types } : ({ categories: ['workspace', 'token', 'service', 'job'] } as const);
  const matches = (event: RecordedEvent) =>
    event.metadata.workspaceId === workspaceId &&
    (subjectId === undefined || subjectOf(event.stream) === subjectId);
  const from = after ?? startPosition;
  const following = changes.follow({ after: from, filter, matches, signal, ...(stream && { stream }) });
  for await (const { events, position } of following) {
    yield { position, events: events.filter(isVisible).map(eventModel) };
  }
}

function streamOf(subjectId: string): StreamName | undefined {
  if (isId(subjectId, 'job')) return streamName('job', subjectId);
  if (isId(subjectId, 'srv', 'crn')) return streamName('service', subjectId);
  if (isId(subjectId, 'tok')) return streamName('token', subjectId);
  return isId(subjectId, 'wks') ? streamName('workspace', subjectId) : undefined;
}
