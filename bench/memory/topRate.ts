import { createKeepAliveClient } from '../support/keepAliveClient.ts';
import type { OneoffServer } from '../support/oneoffServer.ts';

/** So many jobs are always on their way: a few more than the runner has slots. */
const atOnce = 60;

/** How many jobs a second go from their creation to their end, when as many are created as end. */
export async function topRate(
  server: OneoffServer,
  serviceId: string,
  seconds: number,
): Promise<Readonly<{ jobs: number; jobsPerSecond: number }>> {
  // A wait holds its connection for its whole time.
  const client = createKeepAliveClient(server, atOnce);
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  let jobs = 0;
  const work = async () => {
    while (elapsed() < seconds) {
      const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
        { input: { serviceId, startCommand: 'true' } },
      );
      const { waitForJob } = await client.request<{ waitForJob: { job: { status: string } } }>(
        'mutation ($id: ID!) { waitForJob(id: $id, timeoutSeconds: 60) { job { status } } }',
        { id: createJob.job.id },
      );
      if (waitForJob.job.status !== 'SUCCEEDED')
        throw new Error(`${createJob.job.id} is ${waitForJob.job.status}`);
      jobs += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    client.close();
  }
  return { jobs, jobsPerSecond: jobs / elapsed() };
}
