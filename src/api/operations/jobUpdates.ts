import { isJobEvent, type Position, streamName } from '../../domain/events.ts';
import type { JobId, WorkspaceId } from '../../domain/ids.ts';
import { isFinished } from '../../domain/job.ts';
import type { ApiServices } from '../context.ts';
import { afterEvent, type JobModel, loadJob } from './loadJob.ts';

export type JobUpdate = Readonly<{ position: Position; job: JobModel }>;

/** The job as it is, then as each of its events leaves it, to the last one or until `signal` aborts. Throws as `ChangeFeed.follow`. */
export async function* jobFromNow(
  services: ApiServices,
  job: JobModel,
  signal: AbortSignal,
): AsyncIterable<JobUpdate> {
  yield { position: job.position, job };
  yield* jobUpdates(services, job, signal);
}

/** The job as each of its events after `after` left or leaves it. Throws as `ChangeFeed.follow`. */
export async function* jobAfter(
  services: ApiServices,
  job: Readonly<{ workspaceId: WorkspaceId; jobId: JobId }>,
  after: Position,
  signal: AbortSignal,
): AsyncIterable<JobUpdate> {
  const { workspaceId, jobId } = job;
  const before = await loadJob(services.commands.eventStore, workspaceId, jobId, after);
  yield* before === undefined
    ? updatesAfter(services, jobId, undefined, after, signal)
    : jobUpdates(services, { ...before, position: after }, signal);
}

/** The job as each event after its position leaves it. */
export function jobUpdates(
  services: ApiServices,
  job: JobModel,
  signal: AbortSignal,
): AsyncIterable<JobUpdate> {
  return updatesAfter(services, job.snapshot.jobId, job, job.position, signal);
}

async function* updatesAfter(
  { changes }: ApiServices,
  jobId: JobId,
  before: JobModel | undefined,
  after: Position,
  signal: AbortSignal,
): AsyncIterable<JobUpdate> {
  let job = before;
  if (job !== undefined && isFinished(job)) return;
  for await (const { events } of changes.follow({ after, stream: streamName('job', jobId), signal })) {
    for (const event of events.filter(isJobEvent)) {
      job = afterEvent(job, event);
      if (job === undefined) continue;
      yield { position: event.position, job };
      if (isFinished(job)) return;
    }
  }
}
