import { expect, it } from 'vitest';
import { createJobControl } from '../../../src/adapters/local/jobControl.ts';
import { jobControlContract } from '../../contracts/jobControl.ts';

jobControlContract(async () => ({
  control: createJobControl({ logger: { error: () => {} } }),
  close: async () => {},
}));

it('logs what a listener throws, with the job', async () => {
  const logged: unknown[] = [];
  const control = createJobControl({ logger: { error: (fields) => logged.push(fields) } });
  const error = new Error('a listener of the test');
  control.onCancelRequested(() => {
    throw error;
  });
  await control.requestCancel('job-00000000000000000010');
  expect(logged).toEqual([{ error, jobId: 'job-00000000000000000010' }]);
});
