import { DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { unfinishedJob } from '../domain/existing.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { type JobState, openAttempt } from '../domain/job.ts';

export type StartJob = Readonly<{
  jobId: JobId;
  runnerId: RunnerId;
  attempt: number;
  containerId: string;
  /** When the container's process began to run. */
  at: string;
}>;

/**
 * Records that the container of the open attempt runs. Throws `NOT_FOUND`, `JOB_FINISHED`, and `CONFLICT` for an attempt that is not the
 * open one, another runner or a second container. Silent where this container has been recorded.
 */
export function startJob(state: JobState, command: StartJob): readonly JobEvent[] {
  const { jobId, runnerId, attempt, containerId, at } = command;
  const job = unfinishedJob(state, jobId);
  const open = openAttempt(job);
  if (open?.number !== attempt || open.runnerId !== runnerId) {
    const found = open === undefined ? 'none' : `attempt ${open.number} of ${open.runnerId}`;
    throw conflict(
      jobId,
      `got a start of attempt ${attempt} by ${runnerId}, wanted the open attempt (${found})`,
    );
  }
  if (open.containerId === containerId) return [];
  if (open.containerId !== null) {
    throw conflict(jobId, `got container ${containerId}, wanted ${open.containerId}, which has started`);
  }
  // A clock that runs behind must not make a job start before it was created.
  const startedAt = latestOf(at, job.snapshot.createdAt);
  return [{ type: 'JobStarted', data: { jobId, runnerId, attempt, containerId, startedAt } }];
}

function conflict(jobId: JobId, message: string): DomainError {
  return new DomainError('CONFLICT', `job ${jobId}: ${message}`, { jobId });
}
