import { assertNever } from '../domain/assertNever.ts';
import type { RunnerId } from '../domain/ids.ts';
import { diskBytesOf, type ExistingJob, openAttempt } from '../domain/job.ts';
import type { LostCause, Outcome, StopCause } from '../domain/jobEvents.ts';
import type { ContainerExit } from '../ports/containerEngine.ts';
import type { ContainerEnd } from './superviseContainer.ts';

/** How an attempt ended, as the runner saw it. */
export type AttemptEnd =
  | ContainerEnd
  | Readonly<{ kind: 'startFailed'; message: string }>
  | Readonly<{ kind: 'canceledBeforeStart' }>
  /** The runner could not renew its lease, and started nothing. */
  | Readonly<{ kind: 'leaseLostBeforeStart' }>
  /** Nothing is known of the container any more. It is known to have run until then, and is billed so far. */
  | Readonly<{ kind: 'lost'; runnerId: RunnerId; cause: LostCause; knownUntil: string }>;

/** The outcome that `JobFinished` carries. What the runner itself did to the container comes before its exit code. */
export function outcomeOf(ended: AttemptEnd, job: ExistingJob): Outcome {
  switch (ended.kind) {
    case 'startFailed':
    case 'leaseLostBeforeStart':
      return startFailure(ended);
    case 'lost':
      return { kind: 'runnerLost', runnerId: ended.runnerId, cause: ended.cause };
    case 'canceledBeforeStart':
      return canceled(job);
    case 'exited':
      return outcomeOfExit(ended.exit, job);
    case 'stopped':
      return outcomeOfStop(ended.cause, job);
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
  return ended.kind === 'leaseLostBeforeStart' || (ended.kind === 'stopped' && ended.cause === 'leaseLost');
}

function outcomeOfExit({ oomKilled, exitCode }: ContainerExit, { snapshot }: ExistingJob): Outcome {
  if (oomKilled) return { kind: 'oomKilled', memoryBytes: snapshot.plan.memoryBytes };
  return exitCode === 0 ? { kind: 'succeeded' } : { kind: 'exited', exitCode };
}

function outcomeOfStop(cause: StopCause, job: ExistingJob): Outcome {
  switch (cause) {
    case 'cancel':
      return canceled(job);
    case 'timeout':
      return { kind: 'timedOut', afterSeconds: job.snapshot.timeoutSeconds };
    case 'diskLimit':
      return { kind: 'diskLimitExceeded', limitBytes: diskBytesOf(job.snapshot) };
    case 'leaseLost':
      return lost(job);
    default:
      return assertNever(cause);
  }
}

function lost(job: ExistingJob): Outcome {
  const attempt = openAttempt(job);
  if (attempt === undefined)
    throw new Error('A container was stopped for the lease of a runner that does not hold its job');
  return { kind: 'runnerLost', runnerId: attempt.runnerId, cause: 'leaseLost' };
}

function canceled({ cancelRequest }: ExistingJob): Outcome {
  if (cancelRequest === null) throw new Error('A container was stopped for a cancel that nobody requested');
  return { kind: 'canceled', by: cancelRequest.requestedBy };
}
