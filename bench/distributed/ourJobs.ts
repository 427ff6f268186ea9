import { createKeepAliveClient, type KeepAliveClient } from '../support/keepAliveClient.ts';
import { connections } from '../support/load.ts';
import { createService } from '../support/oneoffServer.ts';
import { type Installation, startInstallation } from './installation.ts';
import type { RunJobs } from './processJobsBench.ts';
import { storedEvents } from './storedEvents.ts';

/** A node that answers, projects and dispatches; and one runner, which starts once all jobs wait in the queue. */
export const runOurJobs: RunJobs = async (
  { jobs, atOnce, startCommand },
  { folder, closing, profileFolder },
) => {
  const installation = await startInstallation({ folder, closing });
  const api = await installation.startNode({ name: 'api', roles: ['api', 'processes'] });
  const client = closing.adopt(createKeepAliveClient(api, connections), (opened) => opened.close());
  const ids = await createJobs(client, await createService(api), { jobs, startCommand });
  await installation.startNode({
    name: 'runner',
    roles: ['runner'],
    environment: {
      ONEOFF_RUNNER_SLOTS: String(atOnce),
      ONEOFF_RUNNER_CPU_MILLIS: '10000000',
      ONEOFF_RUNNER_MEMORY_BYTES: String(1024 ** 4),
    },
    profileFolder,
  });
  // The oldest come first, so these are among the last.
  await Promise.all(ids.slice(-atOnce).map((id) => untilEnded(client, id)));
  return endsOf(installation);
};

type Creation = Readonly<{ jobs: number; startCommand: string }>;

async function createJobs(
  client: KeepAliveClient,
  serviceId: string,
  { jobs, startCommand }: Creation,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let left = jobs;
  const work = async () => {
    for (; left > 0; ) {
      left -= 1;
      const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
        { input: { serviceId, startCommand } },
      );
      ids.push(createJob.job.id);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return ids;
}

async function untilEnded(client: KeepAliveClient, id: string): Promise<void> {
  for (;;) {
    const { waitForJob } = await client.request<{ waitForJob: { finished: boolean } }>(
      'mutation ($id: ID!) { waitForJob(id: $id, timeoutSeconds: 60) { finished } }',
      { id },
    );
    if (waitForJob.finished) return;
  }
}

/** When each job succeeded, by the event log. Throws where one did not. */
async function endsOf(installation: Installation): Promise<readonly number[]> {
  const ends: number[] = [];
  for await (const { data, recordedAt } of storedEvents(installation, ['JobFinished'])) {
    const { outcome } = data as { outcome: { kind: string } };
    if (outcome.kind !== 'succeeded') throw new Error(`a job ended as ${outcome.kind}, wanted succeeded`);
    ends.push(Date.parse(recordedAt));
  }
  return ends;
}
