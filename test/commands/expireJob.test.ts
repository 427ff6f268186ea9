import { describe, it } from 'vitest';
import { expireJob } from '../../src/commands/expireJob.ts';
import { job } from '../../src/domain/job.ts';
import { at, jobAssigned, jobCreated, jobFinished, jobId, jobStarted } from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(job, expireJob);
const command = { jobId, at: at(20) };
const expired = jobFinished({ kind: 'expired' }, { attempt: null });

describe('expireJob', () => {
  it('ends a job that no runner has claimed', () => given(jobCreated()).when(command).then(expired));
  it('never ends before the job was created, whatever the clock says', () =>
    given(jobCreated())
      .when({ ...command, at: at(0) })
      .then(jobFinished({ kind: 'expired' }, { attempt: null, finishedAt: at(10) })));
  it('lets a job be that a runner has claimed', () => {
    given(jobCreated(), jobAssigned()).when(command).thenNothing();
    given(jobCreated(), jobAssigned(), jobStarted()).when(command).thenNothing();
  });
  it('lets a job be that has ended', () =>
    given(jobCreated(), jobAssigned(), jobStarted(), jobFinished()).when(command).thenNothing());
  it('has nothing to say of a job that was never created', () => given().when(command).thenNothing());
  it('is silent when repeated', () => given(jobCreated(), expired).when(command).thenNothing());
});
