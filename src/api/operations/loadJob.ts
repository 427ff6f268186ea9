import type { Actor } from '../../domain/actor.ts';
import {
  isJobEvent,
  type JobEvent,
  type Position,
  type RecordedEvent,
  streamName,
} from '../../domain/events.ts';
import { isId, type JobId, type WorkspaceId } from '../../domain/ids.ts';
import { type ExistingJob, evolveJob } from '../../domain/job.ts';
import { parseEvent } from '../../domain/parseEvent.ts';
import type { EventStore } from '../../ports/eventStore.ts';

/** A job as a read model has it, or as its events made it up to some place. */
export type JobModel = ExistingJob & Readonly<{ position: Position; createdBy: Actor }>;

/**
 * The workspace's job as its own events made it up to `upTo`, or to their end; undefined where there is none, or none yet. Throws
 * `EventStoreUnavailableError`, `UnreadableEventError`.
 */
export async function loadJob(
  eventStore: EventStore,
  workspaceId: WorkspaceId,
  jobId: string,
  upTo?: Position,
): Promise<JobModel | undefined> {
  if (!isId(jobId, 'job')) return undefined;
  let job: JobModel | undefined;
  for await (const event of jobEvents(eventStore, jobId, upTo)) job = afterEvent(job, event);
  return job?.snapshot.workspaceId === workspaceId ? job : undefined;
}

/** The events of one job, oldest first, up to `upTo` or to their end. Throws as `loadJob`. */
export async function* jobEvents(
  eventStore: EventStore,
  jobId: JobId,
  upTo?: Position,
): AsyncIterable<RecordedEvent<JobEvent>> {
  for await (const stored of eventStore.readStream(streamName('job', jobId))) {
    if (upTo !== undefined && stored.position > upTo) return;
    const event = parseEvent(stored);
    if (isJobEvent(event)) yield event;
  }
}

/** The job with one more event folded in. */
export function afterEvent(job: JobModel | undefined, event: RecordedEvent<JobEvent>): JobModel | undefined {
  const state = evolveJob(job ?? { status: 'NONE' }, event);
  if (state.status === 'NONE') return undefined;
  return { ...state, position: event.position, createdBy: job?.createdBy ?? event.metadata.actor };
}
