import type { CommandContext, CommandDependencies } from '../commands/handleCommand.ts';
import type { LoadedState } from '../commands/loadState.ts';
import { isJobEvent, streamName } from '../domain/events.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import { type ExistingJob, evolveJob, type JobState } from '../domain/job.ts';
import { parseEvent } from '../domain/parseEvent.ts';

export type LoadedJob = Readonly<{
  job: ExistingJob;
  /** For what the runner reports of the job: it goes on with the correlation of the request that created it. */
  context: CommandContext;
}>;

/**
 * A job from its own events, kept for the commands to come; undefined where there is none. Throws `EventStoreUnavailableError`,
 * `UnreadableEventError`.
 */
export async function loadJob(
  { eventStore, states }: Pick<CommandDependencies, 'eventStore' | 'states'>,
  jobId: JobId,
  runnerId: RunnerId,
): Promise<LoadedJob | undefined> {
  let state: JobState = { status: 'NONE' };
  let context: CommandContext | undefined;
  let revision: LoadedState<JobState>['revision'] = 'noStream';
  const stream = streamName('job', jobId);
  for await (const stored of eventStore.readStream(stream)) {
    const event = parseEvent(stored);
    if (!isJobEvent(event)) continue;
    state = evolveJob(state, event);
    revision = event.revision;
    const { workspaceId, correlationId, traceparent } = event.metadata;
    const actor = { kind: 'process', name: runnerId } as const;
    context ??= { workspaceId, actor, correlationId, causationId: event.id, traceparent };
  }
  if (revision !== 'noStream') states?.set(stream, { state, revision });
  return state.status === 'NONE' || context === undefined ? undefined : { job: state, context };
}
