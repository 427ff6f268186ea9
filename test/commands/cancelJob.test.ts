import { describe, it } from 'vitest';
import { cancelJob } from '../../src/commands/cancelJob.ts';
import { job } from '../../src/domain/job.ts';
import {
  at,
  jobAssigned,
  jobCancelRequested,
  jobCreated,
  jobFinished,
  jobId,
  jobStarted,
  otherWorkspaceId,
  tokenActor,
  workspaceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(job, cancelJob);
const command = { jobId, workspaceId, actor: tokenActor, reason: null, at: at(13) };
const canceled = { kind: 'canceled', by: tokenActor } as const;

describe('cancelJob', () => {
  it('ends a job that no runner holds at once', () =>
    given(jobCreated())
      .when(command)
      .then(jobCancelRequested(), jobFinished(canceled, { attempt: null, finishedAt: at(13) })));
  it('asks the runner that holds a job', () =>
    given(jobCreated(), jobAssigned()).when(command).then(jobCancelRequested()));
  it('asks the runner of a running job', () =>
    given(jobCreated(), jobAssigned(), jobStarted()).when(command).then(jobCancelRequested()));
  it('keeps the reason', () =>
    given(jobCreated(), jobAssigned())
      .when({ ...command, reason: 'wrong database' })
      .then(jobCancelRequested({ reason: 'wrong database' })));
  it('refuses a reason of more than 500 characters', () =>
    given(jobCreated())
      .when({ ...command, reason: 'x'.repeat(501) })
      .thenRefused('BAD_USER_INPUT', { field: 'reason' }));
  it('never cancels before the job was created, whatever the clock says', () =>
    given(jobCreated())
      .when({ ...command, at: at(0) })
      .then(
        jobCancelRequested({ requestedAt: at(10) }),
        jobFinished(canceled, { attempt: null, finishedAt: at(10) }),
      ));
  it('refuses a job that ended otherwise', () => {
    given(jobCreated(), jobAssigned(), jobStarted(), jobFinished())
      .when(command)
      .thenRefused('JOB_FINISHED', { jobId, status: 'SUCCEEDED' });
    given(jobCreated(), jobAssigned(), jobStarted(), jobCancelRequested(), jobFinished())
      .when(command)
      .thenRefused('JOB_FINISHED');
  });
  it('does not know a job that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it("does not know another workspace's job, finished or not", () => {
    const foreign = { ...command, workspaceId: otherWorkspaceId };
    given(jobCreated()).when(foreign).thenRefused('NOT_FOUND');
    given(jobCreated(), jobAssigned(), jobFinished({ kind: 'startFailed', message: '' }))
      .when(foreign)
      .thenRefused('NOT_FOUND');
  });
  it('is silent while a cancel is under way', () =>
    given(jobCreated(), jobAssigned(), jobStarted(), jobCancelRequested())
      .when({ ...command, reason: 'another' })
      .thenNothing());
  it('is silent once the job is canceled', () => {
    given(jobCreated(), jobCancelRequested(), jobFinished(canceled, { attempt: null }))
      .when(command)
      .thenNothing();
    given(jobCreated(), jobAssigned(), jobStarted(), jobCancelRequested(), jobFinished(canceled))
      .when(command)
      .thenNothing();
  });
});
