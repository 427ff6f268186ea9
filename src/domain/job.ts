import type { Actor } from './actor.ts';
import { assertNever } from './assertNever.ts';
import type { Aggregate } from './decider.ts';
import type { JobEvent } from './events.ts';
import type { RunnerId } from './ids.ts';
import type { EngineKind } from './image.ts';
import type { Outcome, StopCause } from './jobEvents.ts';
import type { NanoDollars } from './money.ts';
import { cost, type Price } from './plan.ts';

export const jobStatuses = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;
/** What users see. A job that a runner has claimed is `PENDING` until its process runs. */
export type JobStatus = (typeof jobStatuses)[number];

/** 10 GiB. */
export const defaultDiskBytes = 10 * 1024 ** 3;

export type JobSnapshot = Extract<JobEvent, { type: 'JobCreated' }>['data'];

/** One container of the job: from its claim to its end. */
export type Attempt = Readonly<{
  number: number;
  runnerId: RunnerId;
  engine: EngineKind;
  assignedAt: string;
  containerId: string | null;
  startedAt: string | null;
  /** Null until the runner stops the container. */
  stop: Readonly<{ cause: StopCause; beganAt: string }> | null;
  finishedAt: string | null;
  outcome: Outcome | null;
}>;

export type ExistingJob = Readonly<{
  status: JobStatus;
  snapshot: JobSnapshot;
  attempts: readonly Attempt[];
  cancelRequest: Readonly<{ requestedBy: Actor; reason: string | null; requestedAt: string }> | null;
  startedAt: string | null;
  finishedAt: string | null;
  outcome: Outcome | null;
}>;
export type JobState = Readonly<{ status: 'NONE' }> | ExistingJob;

export const job: Aggregate<JobState, JobEvent> = { initialState: { status: 'NONE' }, evolve: evolveJob };

/** Folds one event of a `job-…` stream. */
export function evolveJob(state: JobState, event: JobEvent): JobState {
  if (event.type === 'JobCreated') return createdJob(event.data);
  if (state.status === 'NONE') return state;
  switch (event.type) {
    case 'JobAssigned': {
      const { attempt, runnerId, engine, assignedAt } = event.data;
      const claimed: Attempt = {
        number: attempt,
        runnerId,
        engine,
        assignedAt,
        containerId: null,
        startedAt: null,
        stop: null,
        finishedAt: null,
        outcome: null,
      };
      return { ...state, attempts: [...state.attempts, claimed] };
    }
    case 'JobStarted': {
      const { attempt, containerId, startedAt } = event.data;
      return {
        ...state,
        status: 'RUNNING',
        startedAt: state.startedAt ?? startedAt,
        attempts: changeAttempt(state.attempts, attempt, { containerId, startedAt }),
      };
    }
    case 'JobCancelRequested': {
      const { requestedBy, reason, requestedAt } = event.data;
      return { ...state, cancelRequest: { requestedBy, reason, requestedAt } };
    }
    case 'JobStopBegan': {
      const { attempt, cause, beganAt } = event.data;
      return { ...state, attempts: changeAttempt(state.attempts, attempt, { stop: { cause, beganAt } }) };
    }
    case 'JobFinished': {
      const { attempt, finishedAt, outcome } = event.data;
      return {
        ...state,
        status: statusOf(outcome),
        finishedAt,
        outcome,
        attempts: changeAttempt(state.attempts, attempt, { finishedAt, outcome }),
      };
    }
    default:
      return assertNever(event);
  }
}

/** The status that an outcome ends in. */
export function statusOf(outcome: Outcome): JobStatus {
  switch (outcome.kind) {
    case 'succeeded':
      return 'SUCCEEDED';
    case 'canceled':
      return 'CANCELED';
    case 'exited':
    case 'oomKilled':
    case 'diskLimitExceeded':
    case 'timedOut':
    case 'startFailed':
    case 'runnerLost':
    case 'expired':
      return 'FAILED';
    default:
      return assertNever(outcome);
  }
}

/** Whether the job has reached its one terminal event. */
export function isFinished(state: JobState): boolean {
  return state.status !== 'NONE' && state.outcome !== null;
}

/** The attempt that a runner holds now, if any. */
export function openAttempt(state: ExistingJob): Attempt | undefined {
  return state.attempts.find((attempt) => attempt.outcome === null);
}

/** The most that the job's container may write. Jobs of before there was a bound get the default one. */
export function diskBytesOf({ diskBytes }: Pick<JobSnapshot, 'diskBytes'>): number {
  return diskBytes ?? defaultDiskBytes;
}

/** Milliseconds that the attempt has run: up to its end, or up to `now` (ISO-8601) while it runs; 0 before its start. */
export function billedMs(attempt: Pick<Attempt, 'startedAt' | 'finishedAt'>, now: string): number {
  if (attempt.startedAt === null) return 0;
  return Math.max(0, Date.parse(attempt.finishedAt ?? now) - Date.parse(attempt.startedAt));
}

/** What the job has cost up to its end, or up to `now` while it runs. */
export function jobCost(price: Price, attempts: readonly Attempt[], now: string): NanoDollars {
  return attempts.reduce((sum, attempt) => sum + cost(price, billedMs(attempt, now)), 0n);
}

function createdJob(snapshot: JobSnapshot): ExistingJob {
  return {
    status: 'PENDING',
    snapshot,
    attempts: [],
    cancelRequest: null,
    startedAt: null,
    finishedAt: null,
    outcome: null,
  };
}

function changeAttempt(
  attempts: readonly Attempt[],
  number: number | null,
  change: Partial<Attempt>,
): readonly Attempt[] {
  return attempts.map((attempt) => (attempt.number === number ? { ...attempt, ...change } : attempt));
}
