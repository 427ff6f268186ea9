import { assertNever } from '../domain/assertNever.ts';
import { DomainError } from '../domain/errors.ts';
import type { JobEvent } from '../domain/events.ts';
import { existingJob, unfinishedJob } from '../domain/existing.ts';
import type { JobId } from '../domain/ids.ts';
import { latestOf } from '../domain/instant.ts';
import { type Attempt, type ExistingJob, isFinished, type JobState, openAttempt } from '../domain/job.ts';
import type { Outcome } from '../domain/jobEvents.ts';
import { boundedMessage } from '../domain/text.ts';

export type FinishJob = Readonly<{
  jobId: JobId;
  /** The attempt that ended; null where no runner holds the job. */
  attempt: number | null;
  outcome: Outcome;
  at: string;
}>;

/**
 * Ends the job with what its runner saw, even where a cancel was asked for meanwhile. Throws `NOT_FOUND`, and `CONFLICT` for an attempt that
 * is not the open one and for an outcome that cannot follow from where it stands. Silent where this attempt has ended the job already.
 */
export function finishJob(state: JobState, command: FinishJob): readonly JobEvent[] {
  const { jobId, attempt, at } = command;
  const outcome = withBoundedMessage(command.outcome);
  if (hasEndedBy(existingJob(state, jobId), attempt)) return [];
  if (isFinished(state)) throw conflict(jobId, `finished, but not by attempt ${attempt}`);
  const job = unfinishedJob(state, jobId);
  const open = openAttempt(job);
  if ((open?.number ?? null) !== attempt) {
    throw conflict(jobId, `got the end of attempt ${attempt}, wanted that of ${open?.number ?? null}`);
  }
  const missing = missingFor(outcome, job, open);
  if (missing !== null) throw conflict(jobId, `got outcome ${outcome.kind}, wanted it only ${missing}`);
  // A clock that runs behind must not make a job end before it began.
  const finishedAt = latestOf(at, open?.startedAt ?? open?.assignedAt ?? job.snapshot.createdAt);
  return [{ type: 'JobFinished', data: { jobId, attempt, outcome, finishedAt } }];
}

function hasEndedBy(job: ExistingJob, attempt: number | null): boolean {
  if (!isFinished(job)) return false;
  const ended = job.attempts.findLast(({ outcome }) => outcome !== null);
  return (ended?.number ?? null) === attempt;
}

/** What must hold for `outcome` and does not, in words; null where it can be. */
function missingFor(outcome: Outcome, job: ExistingJob, open: Attempt | undefined): string | null {
  switch (outcome.kind) {
    case 'succeeded':
    case 'exited':
    case 'oomKilled':
    case 'diskLimitExceeded':
    case 'timedOut':
      return open?.startedAt == null ? 'after its start' : null;
    case 'startFailed':
      return open?.startedAt == null ? null : 'before its start';
    case 'canceled':
      return job.cancelRequest === null ? 'after a request to cancel' : null;
    case 'runnerLost':
      return open?.runnerId === outcome.runnerId ? null : 'for the runner that holds the job';
    case 'expired':
      return open === undefined ? null : 'while no runner holds the job';
    default:
      return assertNever(outcome);
  }
}

function withBoundedMessage(outcome: Outcome): Outcome {
  return outcome.kind === 'startFailed' ? { ...outcome, message: boundedMessage(outcome.message) } : outcome;
}

function conflict(jobId: JobId, message: string): DomainError {
  return new DomainError('CONFLICT', `job ${jobId}: ${message}`, { jobId });
}
