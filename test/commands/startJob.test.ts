import { describe, it } from 'vitest';
import { startJob } from '../../src/commands/startJob.ts';
import { job } from '../../src/domain/job.ts';
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
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(job, startJob);
const command = { jobId, runnerId, attempt: 1, containerId: 'c1', at: at(12) };

describe('startJob', () => {
  it('records that the container runs', () =>
    given(jobCreated(), jobAssigned()).when(command).then(jobStarted()));
  it('records a start that came before a cancel could stop it', () =>
    given(jobCreated(), jobAssigned(), jobCancelRequested()).when(command).then(jobStarted()));
  it('never starts before the job was created, whatever the clock says', () =>
    given(jobCreated(), jobAssigned())
      .when({ ...command, at: at(0) })
      .then(jobStarted({ startedAt: at(10) })));
  it('refuses a job that nobody holds', () => given(jobCreated()).when(command).thenRefused('CONFLICT'));
  it('refuses a runner that does not hold the job', () =>
    given(jobCreated(), jobAssigned())
      .when({ ...command, runnerId: otherRunnerId })
      .thenRefused('CONFLICT'));
  it('refuses an attempt that is not the open one', () =>
    given(jobCreated(), jobAssigned())
      .when({ ...command, attempt: 2 })
      .thenRefused('CONFLICT'));
  it('refuses a second container', () =>
    given(jobCreated(), jobAssigned(), jobStarted())
      .when({ ...command, containerId: 'c2' })
      .thenRefused('CONFLICT'));
  it('refuses a job that has finished', () =>
    given(jobCreated(), jobAssigned(), jobFinished({ kind: 'runnerLost', runnerId }))
      .when(command)
      .thenRefused('JOB_FINISHED'));
  it('does not know a job that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('is silent when repeated', () =>
    given(jobCreated(), jobAssigned(), jobStarted())
      .when({ ...command, at: at(99) })
      .thenNothing());
});
