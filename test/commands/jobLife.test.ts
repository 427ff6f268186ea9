import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignJob } from '../../src/commands/assignJob.ts';
import { cancelJob } from '../../src/commands/cancelJob.ts';
import { expireJob } from '../../src/commands/expireJob.ts';
import { finishJob } from '../../src/commands/finishJob.ts';
import { startJob } from '../../src/commands/startJob.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { JobEvent } from '../../src/domain/events.ts';
import { billedMs, isFinished, type JobState, job } from '../../src/domain/job.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import {
  at,
  jobCreated,
  jobId,
  otherRunnerId,
  otherWorkspaceId,
  runnerId,
  tokenActor,
  workspaceId,
} from '../support/samples.ts';

type Step = (state: JobState) => readonly JobEvent[];

const someone = fc.constantFrom(runnerId, otherRunnerId);
// Clocks of several machines: time may go back from one command to the next.
const time = fc.integer({ min: 0, max: 60 }).map(at);
const outcome = fc.constantFrom<Outcome[]>(
  { kind: 'succeeded' },
  { kind: 'exited', exitCode: 137 },
  { kind: 'oomKilled', memoryBytes: 1 },
  { kind: 'timedOut', afterSeconds: 1 },
  { kind: 'canceled', by: tokenActor },
  { kind: 'startFailed', message: 'no' },
  { kind: 'runnerLost', runnerId },
  { kind: 'runnerLost', runnerId: otherRunnerId },
  { kind: 'expired' },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ runnerId: someone, engine: fc.constantFrom('docker', 'process'), at: time }).map(
    (command): Step =>
      (state) =>
        assignJob(state, { jobId, ...command }),
  ),
  fc
    .record({ runnerId: someone, attempt: fc.nat(2), containerId: fc.constantFrom('c1', 'c2'), at: time })
    .map(
      (command): Step =>
        (state) =>
          startJob(state, { jobId, ...command }),
    ),
  fc.record({ workspaceId: fc.constantFrom(workspaceId, otherWorkspaceId), at: time }).map(
    (command): Step =>
      (state) =>
        cancelJob(state, { jobId, actor: tokenActor, reason: null, ...command }),
  ),
  fc.record({ attempt: fc.constantFrom(null, 1, 2), outcome, at: time }).map(
    (command): Step =>
      (state) =>
        finishJob(state, { jobId, ...command }),
  ),
  time.map(
    (now): Step =>
      (state) =>
        expireJob(state, { jobId, at: now }),
  ),
);

/** Everything that the steps make of a new job; what is refused leaves no trace. */
function live(steps: readonly Step[]): { events: readonly JobEvent[]; state: JobState } {
  const events: JobEvent[] = [jobCreated()];
  for (const decide of steps) {
    try {
      events.push(...decide(events.reduce(job.evolve, job.initialState)));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
  return { events, state: events.reduce(job.evolve, job.initialState) };
}

function count(events: readonly JobEvent[], matches: (event: JobEvent) => boolean): number {
  return events.filter(matches).length;
}

describe('a job, whatever is asked of it in whatever order', () => {
  const steps = fc.array(step, { maxLength: 40 });
  const holds = (check: (events: readonly JobEvent[], state: JobState) => void) =>
    fc.assert(
      fc.property(steps, (sequence) => {
        const { events, state } = live(sequence);
        check(events, state);
      }),
      { numRuns: 500 },
    );

  it('ends at most once, and nothing follows its end', () =>
    holds((events, state) => {
      const end = events.findIndex(({ type }) => type === 'JobFinished');
      expect(end === -1 || end === events.length - 1).toBe(true);
      expect(isFinished(state)).toBe(end !== -1);
    }));

  it('is assigned at most once and starts at most once for each attempt', () =>
    holds((events) => {
      for (const type of ['JobAssigned', 'JobStarted'] as const) {
        for (const attempt of [1, 2]) {
          const times = count(events, (event) => event.type === type && event.data.attempt === attempt);
          expect(times).toBeLessThanOrEqual(1);
        }
      }
      expect(count(events, ({ type }) => type === 'JobAssigned')).toBeLessThanOrEqual(1);
    }));

  it('starts only under the runner that holds it', () =>
    holds((events) => {
      const assigned = events.find((event) => event.type === 'JobAssigned');
      const started = events.find((event) => event.type === 'JobStarted');
      if (started !== undefined) expect(started.data.runnerId).toBe(assigned?.data.runnerId);
    }));

  it('is asked to cancel at most once, and is canceled only when asked', () =>
    holds((events, state) => {
      const requests = count(events, ({ type }) => type === 'JobCancelRequested');
      expect(requests).toBeLessThanOrEqual(1);
      if (state.status === 'CANCELED') expect(requests).toBe(1);
    }));

  it('never goes back in time', () =>
    holds((_, state) => {
      if (state.status === 'NONE') throw new Error('the job is there');
      const { snapshot, startedAt, finishedAt, attempts } = state;
      expect((startedAt ?? snapshot.createdAt) >= snapshot.createdAt).toBe(true);
      expect((finishedAt ?? at(99)) >= (startedAt ?? snapshot.createdAt)).toBe(true);
      for (const attempt of attempts) expect(billedMs(attempt, at(99))).toBeGreaterThanOrEqual(0);
    }));

  it('has nothing more to say when the last thing asked is asked again', () =>
    fc.assert(
      fc.property(steps, step, (sequence, last) => {
        const once = live([...sequence, last]).events;
        expect(live([...sequence, last, last]).events).toEqual(once);
      }),
    ));
});
