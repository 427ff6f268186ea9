import type { JobEvent } from '../domain/events.ts';
import type { JobId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { isFinished, type JobState, openAttempt } from '../domain/job.ts';

export type ExpireJob = Readonly<{ jobId: JobId; at: string }>;

/** Ends a job that nothing could run within the pending limit. Silent where a runner holds it, or it has ended, or there is none. */
export function expireJob(state: JobState, { jobId, at }: ExpireJob): readonly JobEvent[] {
  if (state.status === 'NONE' || isFinished(state) || openAttempt(state) !== undefined) return [];
  const finishedAt = latestOf(at, state.snapshot.createdAt);
  return [{ type: 'JobFinished', data: { jobId, attempt: null, outcome: { kind: 'expired' }, finishedAt } }];
}
