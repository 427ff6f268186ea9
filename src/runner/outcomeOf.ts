import { assertNever } from '../domain/assertNever.ts';
import type { RunnerId } from '../domain/ids.ts';
import { diskBytesOf, type ExistingJob, openAttempt } from '../domain/job.ts';
import type { Outcome } from '../domain/jobEvents.ts';
import type { ContainerEnd } from './superviseContainer.ts';

/** How an attempt ended, as the runner saw it. */
export type AttemptEnd =
  | Readonly<{ kind: 'exited'; end: ContainerEnd }>
  | Readonly<{ kind: 'startFailed'; message: string }>
  | Readonly<{ kind: 'canceledBeforeStart' }>
  /** The runner could not renew its lease, and started nothing. */
  | Readonly<{ kind: 'leaseLostBeforeStart' }>
  /** Nothing can be known of the container any more. */
  | Readonly<{ kind: 'lost'; runnerId: RunnerId }>;

/** The outcome that `JobFinished` carries. What the runner itself did to the container comes before its exit code. */
export function outcomeOf(ended: AttemptEnd, job: ExistingJob): Outcome {
  switch (ended.kind) {
    case 'startFailed':
    case 'leaseLostBeforeStart':
      return startFailure(ended);
    case 'lost':
      return { kind: 'runnerLost', runnerId: ended.runnerId };
    case 'canceledBeforeStart':
      return canceled(job);
    case 'exited':
      return outcomeOfExit(ended.end, job);
    default:
      return assertNever(ended);
  }
}

/** What is said of a container that did not start. */
export function startFailure(
  ended: Extract<AttemptEnd, { kind: 'startFailed' | 'leaseLostBeforeStart' }>,
): Extract<Outcome, { kind: 'startFailed' }> {
  if (ended.kind === 'startFailed') return ended;
  return { kind: 'startFailed', message: 'its runner could not renew its lease' };
}

/** Whether the runner's lease was what ended the attempt. */
export function isByLease(ended: AttemptEnd): boolean {
  return (
    ended.kind === 'leaseLostBeforeStart' || (ended.kind === 'exited' && ended.end.stoppedFor === 'leaseLost')
  );
}

function outcomeOfExit({ exit, stoppedFor }: ContainerEnd, job: ExistingJob): Outcome {
  if (stoppedFor === 'cancel') return canceled(job);
  if (stoppedFor === 'timeout') return { kind: 'timedOut', afterSeconds: job.snapshot.timeoutSeconds };
  if (stoppedFor === 'diskLimit') return { kind: 'diskLimitExceeded', limitBytes: diskBytesOf(job.snapshot) };
  if (stoppedFor === 'leaseLost') return lost(job);
  if (exit.oomKilled) return { kind: 'oomKilled', memoryBytes: job.snapshot.plan.memoryBytes };
  return exit.exitCode === 0 ? { kind: 'succeeded' } : { kind: 'exited', exitCode: exit.exitCode };
}

function lost(job: ExistingJob): Outcome {
  const attempt = openAttempt(job);
  if (attempt === undefined)
    throw new Error('A container was stopped for the lease of a runner that does not hold its job');
  return { kind: 'runnerLost', runnerId: attempt.runnerId };
}

function canceled({ cancelRequest }: ExistingJob): Outcome {
  if (cancelRequest === null) throw new Error('A container was stopped for a cancel that nobody requested');
  return { kind: 'canceled', by: cancelRequest.requestedBy };
}
