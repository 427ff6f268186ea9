import { isJobEvent, type Position, type RecordedEvent } from '../../../domain/events.ts';
import type { JobId, WorkspaceId } from '../../../domain/ids.ts';
import type { JobFilter } from '../../../ports/readModels.ts';
import type { ApiServices } from '../../context.ts';
import { type JobModel, loadJob } from '../../operations/loadJob.ts';
import { maxPageItems } from '../../operations/pagination.ts';

export type JobsUpdate = Readonly<{ position: Position; jobs: readonly JobModel[] }>;
export type WatchedJobs = Pick<JobFilter, 'serviceIds' | 'statuses'>;

/** The newest jobs that pass `filter`, then those that change, until `signal` aborts. Throws as `ChangeFeed.follow`. */
export async function* jobsFromNow(
  services: ApiServices,
  workspaceId: WorkspaceId,
  filter: WatchedJobs,
  signal: AbortSignal,
): AsyncIterable<JobsUpdate> {
  const { models, changes } = services;
  // Read in one turn of the event loop, so the rows are those of this position.
  const position = changes.position();
  const newestFirst = { field: 'createdAt', direction: 'desc' } as const;
  const { items } = models.jobs(workspaceId, filter, newestFirst, { first: maxPageItems });
  yield { position, jobs: items.map(({ item }) => item).toReversed() };
  yield* jobsAfter(services, workspaceId, filter, position, signal);
}

/** The jobs that pass `filter` as they changed after `after`, and as they change, until `signal` aborts. Throws as `ChangeFeed.follow`. */
export async function* jobsAfter(
  services: ApiServices,
  workspaceId: WorkspaceId,
  { serviceIds, statuses }: WatchedJobs,
  after: Position,
  signal: AbortSignal,
): AsyncIterable<JobsUpdate> {
  const { models, changes } = services;
  const matches = (event: RecordedEvent) => {
    if (event.metadata.workspaceId !== workspaceId || !isJobEvent(event)) return false;
    if (serviceIds === undefined) return true;
    const serviceId = models.job(workspaceId, event.data.jobId)?.snapshot.serviceId;
    return serviceId !== undefined && serviceIds.includes(serviceId);
  };
  const filter = { categories: ['job'] } as const;
  for await (const { events, position } of changes.follow({ after, filter, matches, signal })) {
    const changed = new Set(events.filter(isJobEvent).map(({ data }) => data.jobId));
    const jobs: JobModel[] = [];
    for (const jobId of changed) {
      const job = await jobAt(services, workspaceId, jobId, position);
      if (job !== undefined && (statuses?.includes(job.status) ?? true)) jobs.push(job);
    }
    // Without events it says that the position has moved, so that a client that reconnects need not read so far back.
    if (jobs.length > 0 || events.length === 0) yield { position, jobs };
  }
}

/** The read models may be ahead of what a follower has been told: then the job's own events say how it was. */
async function jobAt(
  { models, commands }: ApiServices,
  workspaceId: WorkspaceId,
  jobId: JobId,
  position: Position,
): Promise<JobModel | undefined> {
  const view = models.job(workspaceId, jobId);
  if (view !== undefined && view.position <= position) return view;
  return loadJob(commands.eventStore, workspaceId, jobId, position);
}
