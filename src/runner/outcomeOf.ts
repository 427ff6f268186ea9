import { assertNever } from '../domain/assertNever.ts';
import type { RunnerId } from '../domain/ids.ts';
import type { ExistingJob } from '../domain/job.ts';
import type { Outcome } from '../domain/jobEvents.ts';
import type { ContainerEnd } from './superviseContainer.ts';

/** How an attempt ended, as the runner saw it. */
export type AttemptEnd =
  | Readonly<{ kind: 'exited'; end: ContainerEnd }>
  | Readonly<{ kind: 'startFailed'; message: string }>
  | Readonly<{ kind: 'canceledBeforeStart' }>
  /** Nothing can be known of the container any more. */
  | Readonly<{ kind: 'lost'; runnerId: RunnerId }>;

/** The outcome that `JobFinished` carries. What the runner itself did to the container comes before its exit code. */
export function outcomeOf(ended: AttemptEnd, job: ExistingJob): Outcome {
  switch (ended.kind) {
    case 'startFailed':
      return ended;
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

function outcomeOfExit({ exit, stoppedFor }: ContainerEnd, job: ExistingJob): Outcome {
  if (stoppedFor === 'cancel') return canceled(job);
  if (stoppedFor === 'timeout') return { kind: 'timedOut', afterSeconds: job.snapshot.timeoutSeconds };
  if (exit.oomKilled) return { kind: 'oomKilled', memoryBytes: job.snapshot.plan.memoryBytes };
  return exit.exitCode === 0 ? { kind: 'succeeded' } : { kind: 'exited', exitCode: exit.exitCode };
}

function canceled({ cancelRequest }: ExistingJob): Outcome {
  if (cancelRequest === null) throw new Error('A container was stopped for a cancel that nobody requested');
  return { kind: 'canceled', by: cancelRequest.requestedBy };
}
