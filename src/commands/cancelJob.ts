import type { Actor } from '../domain/actor.ts';
import { badText, notFound } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { unfinishedJob } from '../domain/existing.ts';
import type { JobId, WorkspaceId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { type JobState, openAttempt } from '../domain/job.ts';

export type CancelJob = Readonly<{
  jobId: JobId;
  workspaceId: WorkspaceId;
  actor: Actor;
  reason: string | null;
  at: string;
}>;

const maxReasonCharacters = 500;

/**
 * A job that no runner holds ends at once; one that a runner holds is asked to, and ends when nothing of it runs any more. Throws
 * `NOT_FOUND`, `BAD_USER_INPUT`, and `JOB_FINISHED` for a job that ended otherwise. Silent where it is canceled or asked to be.
 */
export function cancelJob(state: JobState, command: CancelJob): readonly JobEvent[] {
  const { jobId, workspaceId, actor, reason, at } = command;
  if (state.status === 'NONE' || state.snapshot.workspaceId !== workspaceId) throw notFound('job', jobId);
  if (state.status === 'CANCELED') return [];
  const job = unfinishedJob(state, jobId);
  if (job.cancelRequest !== null) return [];
  if (reason !== null && reason.length > maxReasonCharacters) {
    throw badText('reason', reason, `at most ${maxReasonCharacters} characters`);
  }
  const requestedAt = latestOf(at, job.snapshot.createdAt);
  const requested: JobEvent = {
    type: 'JobCancelRequested',
    data: { jobId, requestedBy: actor, reason, requestedAt },
  };
  if (openAttempt(job) !== undefined) return [requested];
  const outcome = { kind: 'canceled', by: actor } as const;
  return [
    requested,
    { type: 'JobFinished', data: { jobId, attempt: null, outcome, finishedAt: requestedAt } },
  ];
}
