import { finishJob } from '../commands/finishJob.ts';
import { observeRunTime } from '../commands/observeRunTime.ts';
import { isFinished } from '../domain/job.ts';
import { nowIso } from '../ports/clock.ts';
import { LogStoreUnavailableError } from '../ports/logStore.ts';
import { appendSystemLine, completeLog } from './logs/logPump.ts';
import { type AttemptEnd, isByLease, outcomeOf, startFailure } from './outcomeOf.ts';
import { retryOperation } from './retryOperation.ts';
import type { AttemptInHand } from './runAttempt.ts';
import type { RunJobDependencies, RunJobOptions } from './runJob.ts';
import { waitAtMost } from './waitAtMost.ts';

/** How long the end of a job may wait for its log where the lease was lost: what took it may have taken the log store too. */
export const toldWithinMs = 1_000;

/**
 * Reports the job's end. Completes its log first, so that who follows it sees the last line no later than the end; but where the lease was
 * lost, the end does not wait for long. A job that has ended without this runner stays as it is. Throws the signal's reason when it aborts.
 */
export async function endJob(
  ended: AttemptEnd,
  inHand: AttemptInHand,
  dependencies: RunJobDependencies,
  options: RunJobOptions,
): Promise<void> {
  const logged = endLog(ended, inHand, dependencies, options);
  if (isByLease(ended)) {
    await waitAtMost(toldWithinMs, logged, dependencies.commands.clock, inHand.held.signal);
    await reportEnd(ended, inHand, dependencies);
  }
  await logged;
  await reportEnd(ended, inHand, dependencies);
}

/** Says nothing of a job that has ended. Throws the signal's reason when it aborts. */
export async function reportEnd(
  ended: AttemptEnd,
  { attempt, report, held: { jobId } }: AttemptInHand,
  dependencies: RunJobDependencies,
): Promise<void> {
  const at = endedAt(ended) ?? nowIso(dependencies.commands.clock);
  let isNews = false;
  const state = await report((current) => {
    isNews = current.status !== 'NONE' && !isFinished(current);
    if (current.status === 'NONE' || !isNews) return [];
    return finishJob(current, { jobId, attempt: attempt.number, outcome: outcomeOf(ended, current), at });
  });
  if (isNews && state !== 'refused') observeRunTime(state, dependencies.metrics);
}

/** When it ended, where anything ran that could end. */
function endedAt(ended: AttemptEnd): string | undefined {
  if (ended.kind === 'exited') return ended.exit.finishedAt;
  if (ended.kind === 'stopped') return ended.finishedAt;
  return ended.kind === 'lost' ? ended.knownUntil : undefined;
}

/** A log store that is away for the lease does not keep the job from ending: the log is then completed after the end. */
async function endLog(
  ended: AttemptEnd,
  { held: { jobId, signal } }: AttemptInHand,
  { commands: { clock }, logs, logger }: RunJobDependencies,
  { backoff, leaseSeconds }: RunJobOptions,
): Promise<void> {
  const complete = async (): Promise<void> => {
    if (ended.kind === 'startFailed' || ended.kind === 'leaseLostBeforeStart') {
      const { message } = startFailure(ended);
      await appendSystemLine(logs, jobId, `[not started: ${message}]`, clock);
    }
    await completeLog(logs, jobId);
  };
  const bounds = { clock, backoff, signal, withinMs: leaseSeconds * 1000 };
  try {
    await retryOperation(complete, (error) => error instanceof LogStoreUnavailableError, bounds);
  } catch (error) {
    signal.throwIfAborted();
    logger.error({ error, jobId }, 'a job ends before its log is complete');
  }
}
