import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../src/domain/events.ts';
import {
  billedMs,
  isFinished,
  type JobState,
  job,
  jobCost,
  openAttempt,
  statusOf,
} from '../../src/domain/job.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import {
  at,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobFinished,
  jobStarted,
  planOf,
  runnerId,
  tokenActor,
} from '../support/samples.ts';

function fold(...events: JobEvent[]): Exclude<JobState, { status: 'NONE' }> {
  const state = events.reduce(job.evolve, job.initialState);
  if (state.status === 'NONE') throw new Error('wanted a job');
  return state;
}

const outcomes: readonly [Outcome, string][] = [
  [{ kind: 'succeeded' }, 'SUCCEEDED'],
  [{ kind: 'canceled', by: tokenActor }, 'CANCELED'],
  [{ kind: 'exited', exitCode: 1 }, 'FAILED'],
  [{ kind: 'oomKilled', memoryBytes: 1 }, 'FAILED'],
  [{ kind: 'diskLimitExceeded', limitBytes: 1 }, 'FAILED'],
  [{ kind: 'timedOut', afterSeconds: 1 }, 'FAILED'],
  [{ kind: 'startFailed', message: '' }, 'FAILED'],
  [{ kind: 'runnerLost', runnerId }, 'FAILED'],
  [{ kind: 'expired' }, 'FAILED'],
];

describe('evolveJob', () => {
  it('is pending, with its snapshot, once created', () => {
    expect(fold(jobCreated())).toEqual({
      status: 'PENDING',
      snapshot: jobCreated().data,
      attempts: [],
      cancelRequest: null,
      startedAt: null,
      finishedAt: null,
      outcome: null,
    });
  });
  it('is still pending while a runner prepares it', () => {
    const state = fold(jobCreated(), jobAssigned());
    expect(state.status).toBe('PENDING');
    expect(openAttempt(state)).toEqual({
      number: 1,
      runnerId,
      engine: 'docker',
      assignedAt: at(11),
      containerId: null,
      startedAt: null,
      stop: null,
      finishedAt: null,
      outcome: null,
    });
  });
  it('runs once its process runs', () => {
    const state = fold(jobCreated(), jobAssigned(), jobStarted());
    expect(state).toMatchObject({ status: 'RUNNING', startedAt: at(12) });
    expect(openAttempt(state)).toMatchObject({ containerId: 'c1', startedAt: at(12) });
  });
  it('runs on while a cancel is asked for', () => {
    const state = fold(jobCreated(), jobAssigned(), jobStarted(), jobCancelRequested({ reason: 'why' }));
    expect(state).toMatchObject({
      status: 'RUNNING',
      cancelRequest: { requestedBy: tokenActor, reason: 'why', requestedAt: at(13) },
    });
  });
  it.each(outcomes)('ends as $kind with status %s', (outcome, status) => {
    const state = fold(jobCreated(), jobAssigned(), jobStarted(), jobFinished(outcome));
    expect(state).toMatchObject({ status, outcome, finishedAt: at(20) });
    expect(statusOf(outcome)).toBe(status);
    expect(isFinished(state)).toBe(true);
    expect(openAttempt(state)).toBeUndefined();
    expect(state.attempts[0]).toMatchObject({ outcome, finishedAt: at(20) });
  });
  it('ends without an attempt where no runner had claimed it', () => {
    const state = fold(jobCreated(), jobFinished({ kind: 'expired' }, { attempt: null }));
    expect(state).toMatchObject({ status: 'FAILED', attempts: [], startedAt: null, finishedAt: at(20) });
  });
  it('is nothing without its first event', () => {
    expect(job.evolve(job.initialState, jobStarted())).toEqual({ status: 'NONE' });
    expect(isFinished(job.initialState)).toBe(false);
  });
});

describe('billedMs', () => {
  it('counts nothing before the start', () =>
    expect(billedMs({ startedAt: null, finishedAt: at(5) }, at(9))).toBe(0));
  it('counts up to now while the attempt runs', () =>
    expect(billedMs({ startedAt: at(1), finishedAt: null }, at(2.5))).toBe(1_500));
  it('counts up to the end once there is one, and no further', () =>
    expect(billedMs({ startedAt: at(1), finishedAt: at(2) }, at(99))).toBe(1_000));
  it('never counts backwards', () => expect(billedMs({ startedAt: at(9), finishedAt: null }, at(1))).toBe(0));
});

describe('jobCost', () => {
  const { price } = planOf('plan-crn-003');
  const costOf = (...events: JobEvent[]) => jobCost(price, fold(jobCreated(), ...events).attempts, at(72));

  it('is nothing while a job waits', () => {
    expect(costOf()).toBe(0n);
    expect(costOf(jobAssigned())).toBe(0n);
  });
  it('grows while the job runs', () => expect(costOf(jobAssigned(), jobStarted())).toBe(160_000n));
  it('bills a failed job what it ran', () =>
    expect(
      costOf(
        jobAssigned(),
        jobStarted(),
        jobFinished({ kind: 'exited', exitCode: 1 }, { finishedAt: at(42) }),
      ),
    ).toBe(80_000n));
  it('bills nothing for a start that failed', () =>
    expect(costOf(jobAssigned(), jobFinished({ kind: 'startFailed', message: '' }))).toBe(0n));
  it('rounds each attempt by itself', () => {
    const half = { startedAt: at(0), finishedAt: at(30) } as const;
    const attempts = fold(jobCreated(), jobAssigned()).attempts.flatMap((attempt) => [
      { ...attempt, ...half },
      { ...attempt, ...half },
    ]);
    expect(jobCost({ nanoDollars: 3, per: 'minute' }, attempts, at(99))).toBe(4n);
  });
});
