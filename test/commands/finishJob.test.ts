import { describe, it } from 'vitest';
import { finishJob } from '../../src/commands/finishJob.ts';
import { job } from '../../src/domain/job.ts';
import type { Outcome } from '../../src/domain/jobEvents.ts';
import {
  at,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobFinished,
  jobId,
  jobStarted,
  otherRunnerId,
  runnerId,
  tokenActor,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(job, finishJob);
const finish = (outcome: Outcome, attempt: number | null = 1, time = at(20)) => ({
  jobId,
  attempt,
  outcome,
  at: time,
});
const assigned = [jobCreated(), jobAssigned()] as const;
const running = [...assigned, jobStarted()] as const;
const ran: readonly Outcome[] = [
  { kind: 'succeeded' },
  { kind: 'exited', exitCode: 3 },
  { kind: 'oomKilled', memoryBytes: 536_870_912 },
  { kind: 'diskLimitExceeded', limitBytes: 10_000_000_000 },
  { kind: 'timedOut', afterSeconds: 3_600 },
];
const canceled: Outcome = { kind: 'canceled', by: tokenActor };
const startFailed: Outcome = { kind: 'startFailed', message: 'no such file' };
const lost: Outcome = { kind: 'runnerLost', runnerId };
const expired: Outcome = { kind: 'expired' };

describe('finishJob', () => {
  it.each([...ran, lost])('ends a running job as $kind', (outcome) =>
    given(...running)
      .when(finish(outcome))
      .then(jobFinished(outcome)),
  );
  it.each(ran)('ends a job as $kind, as its runner saw it, though a cancel was asked for', (outcome) =>
    given(...running, jobCancelRequested())
      .when(finish(outcome))
      .then(jobFinished(outcome)),
  );
  it('ends a job as canceled, before and after its start', () => {
    given(...assigned, jobCancelRequested())
      .when(finish(canceled))
      .then(jobFinished(canceled));
    given(...running, jobCancelRequested())
      .when(finish(canceled))
      .then(jobFinished(canceled));
  });
  it('ends a job whose container could not start', () =>
    given(...assigned)
      .when(finish(startFailed))
      .then(jobFinished(startFailed)));
  it('ends a job whose runner was lost before its start', () =>
    given(...assigned)
      .when(finish(lost))
      .then(jobFinished(lost)));
  it.each([startFailed, expired])('ends a job that nobody holds as $kind', (outcome) =>
    given(jobCreated())
      .when(finish(outcome, null))
      .then(jobFinished(outcome, { attempt: null })),
  );
  it('cuts a message that is longer than an event should carry', () =>
    given(...assigned)
      .when(finish({ kind: 'startFailed', message: 'x'.repeat(9_000) }))
      .then(jobFinished({ kind: 'startFailed', message: `${'x'.repeat(1_999)}…` })));

  it('never ends before it started, whatever the clock says', () => {
    given(...running)
      .when(finish({ kind: 'succeeded' }, 1, at(0)))
      .then(jobFinished({ kind: 'succeeded' }, { finishedAt: at(12) }));
    given(...assigned)
      .when(finish(startFailed, 1, at(0)))
      .then(jobFinished(startFailed, { finishedAt: at(11) }));
    given(jobCreated())
      .when(finish(expired, null, at(0)))
      .then(jobFinished(expired, { attempt: null, finishedAt: at(10) }));
  });

  it.each(ran)('refuses $kind of a job that has not started', (outcome) =>
    given(...assigned)
      .when(finish(outcome))
      .thenRefused('CONFLICT'),
  );
  it.each([...ran, lost])('refuses $kind of a job that nobody holds', (outcome) =>
    given(jobCreated()).when(finish(outcome, null)).thenRefused('CONFLICT'),
  );
  it('refuses a failed start of a job that runs', () =>
    given(...running)
      .when(finish(startFailed))
      .thenRefused('CONFLICT'));
  it('refuses canceled where nobody asked for it', () =>
    given(...running)
      .when(finish(canceled))
      .thenRefused('CONFLICT'));
  it('refuses expired of a job that a runner holds', () =>
    given(...assigned)
      .when(finish(expired))
      .thenRefused('CONFLICT'));
  it('refuses the loss of a runner that does not hold the job', () =>
    given(...running)
      .when(finish({ kind: 'runnerLost', runnerId: otherRunnerId }))
      .thenRefused('CONFLICT'));
  it('refuses an attempt that is not the open one', () => {
    given(...running)
      .when(finish({ kind: 'succeeded' }, 2))
      .thenRefused('CONFLICT');
    given(...running)
      .when(finish(expired, null))
      .thenRefused('CONFLICT');
    given(jobCreated()).when(finish(startFailed, 1)).thenRefused('CONFLICT');
  });
  it('refuses the late end of another attempt', () => {
    given(...running, jobFinished())
      .when(finish({ kind: 'succeeded' }, 2))
      .thenRefused('CONFLICT');
    given(jobCreated(), jobFinished(expired, { attempt: null }))
      .when(finish({ kind: 'succeeded' }, 1))
      .thenRefused('CONFLICT');
  });
  it('does not know a job that was never created', () =>
    given()
      .when(finish({ kind: 'succeeded' }))
      .thenRefused('NOT_FOUND'));

  it('is silent when repeated', () => {
    given(...running, jobFinished())
      .when(finish({ kind: 'succeeded' }))
      .thenNothing();
    given(jobCreated(), jobFinished(expired, { attempt: null }))
      .when(finish(expired, null))
      .thenNothing();
  });
  it('keeps the first end of an attempt, whatever a second report says', () =>
    given(...running, jobFinished(lost))
      .when(finish({ kind: 'succeeded' }))
      .thenNothing());
});
