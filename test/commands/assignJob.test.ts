import { describe, it } from 'vitest';
import { assignJob } from '../../src/commands/assignJob.ts';
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

const given = specification(job, assignJob);
const command = { jobId, runnerId, engine: 'docker', at: at(11) } as const;
const byAnother = { ...command, runnerId: otherRunnerId };

describe('assignJob', () => {
  it('gives a pending job to a runner, as its first attempt', () =>
    given(jobCreated()).when(command).then(jobAssigned()));
  it('never assigns before the job was created, whatever the clock says', () =>
    given(jobCreated())
      .when({ ...command, at: at(0) })
      .then(jobAssigned({ assignedAt: at(10) })));
  it('refuses a second runner', () =>
    given(jobCreated(), jobAssigned()).when(byAnother).thenRefused('CONFLICT'));
  it('refuses a second runner once the job runs', () =>
    given(jobCreated(), jobAssigned(), jobStarted()).when(byAnother).thenRefused('CONFLICT'));
  it('refuses a job that has finished', () => {
    given(jobCreated(), jobAssigned(), jobStarted(), jobFinished()).when(command).thenRefused('JOB_FINISHED');
    given(jobCreated(), jobFinished({ kind: 'expired' }, { attempt: null }))
      .when(command)
      .thenRefused('JOB_FINISHED', { jobId, status: 'FAILED' });
  });
  it('refuses a job that somebody asked to cancel', () =>
    given(jobCreated(), jobCancelRequested()).when(command).thenRefused('CONFLICT'));
  it('refuses an engine other than the one that resolved the image', () =>
    given(jobCreated())
      .when({ ...command, engine: 'process' })
      .thenRefused('CONFLICT'));
  it('does not know a job that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('is silent when repeated by the runner that holds the job', () => {
    given(jobCreated(), jobAssigned()).when(command).thenNothing();
    given(jobCreated(), jobAssigned(), jobStarted(), jobCancelRequested()).when(command).thenNothing();
  });
});
