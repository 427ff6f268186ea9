import { DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { unfinishedJob } from '../domain/existing.ts';
import type { JobId, RunnerId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { latestOf } from '../domain/instant.ts';
import { type JobState, openAttempt } from '../domain/job.ts';

export type AssignJob = Readonly<{ jobId: JobId; runnerId: RunnerId; engine: EngineKind; at: string }>;

/**
 * Claims a job that nobody holds, before any container of it exists. Throws `NOT_FOUND`, `JOB_FINISHED`, and `CONFLICT` where another
 * runner holds it or its engine is not the one that resolved the image. Silent where this runner holds it already: what is left to do is
 * in the state's open attempt.
 */
export function assignJob(state: JobState, command: AssignJob): readonly JobEvent[] {
  const { jobId, runnerId, engine, at } = command;
  const { attempts, snapshot, ...job } = unfinishedJob(state, jobId);
  const held = openAttempt({ attempts, snapshot, ...job });
  if (held?.runnerId === runnerId) return [];
  if (held !== undefined) {
    throw new DomainError('CONFLICT', `job ${jobId}: held by ${held.runnerId}, wanted unassigned`, { jobId });
  }
  if (job.cancelRequest !== null) {
    throw new DomainError('CONFLICT', `job ${jobId}: asked to be canceled, wanted one to run`, { jobId });
  }
  if (engine !== snapshot.image.engine) {
    throw new DomainError('CONFLICT', `job ${jobId}: got engine ${engine}, wanted ${snapshot.image.engine}`, {
      jobId,
    });
  }
  const assignedAt = latestOf(at, snapshot.createdAt);
  return [
    { type: 'JobAssigned', data: { jobId, runnerId, attempt: attempts.length + 1, engine, assignedAt } },
  ];
}
