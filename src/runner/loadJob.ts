import type { CommandContext } from '../commands/handleCommand.ts';
import { isJobEvent, streamName } from '../domain/events.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import { type ExistingJob, evolveJob, type JobState } from '../domain/job.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import type { EventStore } from '../ports/eventStore.ts';

export type LoadedJob = Readonly<{
  job: ExistingJob;
  /** For what the runner reports of the job: it goes on with the correlation of the request that created it. */
  context: CommandContext;
}>;

/** A job from its own events; undefined where there is none. Throws `EventStoreUnavailableError`, `UnreadableEventError`. */
export async function loadJob(
  eventStore: EventStore,
  jobId: JobId,
  runnerId: RunnerId,
): Promise<LoadedJob | undefined> {
  let state: JobState = { status: 'NONE' };
  let context: CommandContext | undefined;
  for await (const stored of eventStore.readStream(streamName('job', jobId))) {
    const event = parseEvent(stored);
    if (!isJobEvent(event)) continue;
    state = evolveJob(state, event);
    const { workspaceId, correlationId, traceparent } = event.metadata;
    const actor = { kind: 'process', name: runnerId } as const;
    context ??= { workspaceId, actor, correlationId, causationId: event.id, traceparent };
  }
  return state.status === 'NONE' || context === undefined ? undefined : { job: state, context };
}
