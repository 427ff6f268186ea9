import { DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { unfinishedJob } from '../domain/existing.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { type JobState, openAttempt } from '../domain/job.ts';
import type { StopCause } from '../domain/jobEvents.ts';

export type BeginStop = Readonly<{
  jobId: JobId;
  runnerId: RunnerId;
  attempt: number;
  cause: StopCause;
  at: string;
}>;

/**
 * Records that the runner stops the container of the open attempt: whatever happens to the runner then, the grace period counts from
 * here, and the end is told by its cause. Throws `NOT_FOUND`, `JOB_FINISHED`, and `CONFLICT` for an attempt that is not this runner's open
 * one or has not started. Silent where a stop has been recorded, whatever its cause.
 */
export function beginStop(state: JobState, command: BeginStop): readonly JobEvent[] {
  const { jobId, runnerId, attempt, cause, at } = command;
  const open = openAttempt(unfinishedJob(state, jobId));
  if (open?.number !== attempt || open.runnerId !== runnerId || open.startedAt === null) {
    throw new DomainError(
      'CONFLICT',
      `job ${jobId}: got a stop of attempt ${attempt} by ${runnerId}, wanted one that it has started`,
      { jobId },
    );
  }
  if (open.stop !== null) return [];
  return [{ type: 'JobStopBegan', data: { jobId, attempt, cause, beganAt: latestOf(at, open.startedAt) } }];
}
