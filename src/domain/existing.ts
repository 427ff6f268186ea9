import { DomainError, notFound } from './errors.ts';
import type { JobId, WorkspaceId } from './ids.ts';
import { type ExistingJob, isFinished, type JobState } from './job.ts';
import type { ExistingService, ServiceState } from './service.ts';

/** The service, where it is the workspace's own and not deleted. Throws `NOT_FOUND`. */
export function existingService(
  state: ServiceState,
  wanted: Readonly<{ serviceId: string; workspaceId: WorkspaceId }>,
): ExistingService {
  if (state.status === 'NONE' || state.status === 'DELETED' || state.workspaceId !== wanted.workspaceId) {
    throw notFound('service', wanted.serviceId);
  }
  return state;
}

/** The job, whosever it is: for oneoff's own parts, which act on the jobs of all workspaces. Throws `NOT_FOUND`. */
export function existingJob(state: JobState, jobId: JobId): ExistingJob {
  if (state.status === 'NONE') throw notFound('job', jobId);
  return state;
}

/** The job, where it has not ended. Throws `NOT_FOUND`, `JOB_FINISHED`. */
export function unfinishedJob(state: JobState, jobId: JobId): ExistingJob {
  const job = existingJob(state, jobId);
  if (isFinished(job)) {
    throw new DomainError('JOB_FINISHED', `job ${jobId}: finished at ${job.finishedAt} as ${job.status}`, {
      jobId,
      status: job.status,
    });
  }
  return job;
}
