import { describe, it } from 'vitest';
import { beginStop } from '../../src/commands/beginStop.ts';
import { job } from '../../src/domain/job.ts';
import {
  at,
  jobAssigned,
  jobCreated,
  jobFinished,
  jobId,
  jobStarted,
  jobStopBegan,
  otherRunnerId,
  runnerId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

const given = specification(job, beginStop);
const command = { jobId, runnerId, attempt: 1, cause: 'timeout', at: at(15) } as const;

describe('beginStop', () => {
  it('records that the runner stops a container that runs', () =>
    given(jobCreated(), jobAssigned(), jobStarted()).when(command).then(jobStopBegan()));
  it('never begins before the start, whatever the clock says', () =>
    given(jobCreated(), jobAssigned(), jobStarted())
      .when({ ...command, at: at(0) })
      .then(jobStopBegan({ beganAt: at(12) })));
  it('refuses an attempt that has not started', () =>
    given(jobCreated(), jobAssigned()).when(command).thenRefused('CONFLICT'));
  it('refuses a runner that does not hold the job', () =>
    given(jobCreated(), jobAssigned(), jobStarted())
      .when({ ...command, runnerId: otherRunnerId })
      .thenRefused('CONFLICT'));
  it('refuses an attempt that is not the open one', () =>
    given(jobCreated(), jobAssigned(), jobStarted())
      .when({ ...command, attempt: 2 })
      .thenRefused('CONFLICT'));
  it('refuses a job that has finished', () =>
    given(jobCreated(), jobAssigned(), jobStarted(), jobFinished())
      .when(command)
      .thenRefused('JOB_FINISHED'));
  it('does not know a job that was never created', () => given().when(command).thenRefused('NOT_FOUND'));
  it('is silent where a stop began, for this cause or another', () =>
    given(jobCreated(), jobAssigned(), jobStarted(), jobStopBegan())
      .when({ ...command, cause: 'cancel', at: at(99) })
      .thenNothing());
});
