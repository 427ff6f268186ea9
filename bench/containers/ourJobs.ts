import type { BenchContext } from '../support/benchmark.ts';
import type { Docker } from '../support/docker.ts';
import type { OneoffServer } from '../support/oneoffServer.ts';
import { createService, startOneoff } from '../support/oneoffServer.ts';

export type OurJobs = Readonly<{
  server: OneoffServer;
  create: (startCommand: string) => Promise<Readonly<{ id: string; createdAtMs: number }>>;
  /** Answers once the subscriber has seen the job succeed. Throws where it ends otherwise. */
  succeeded: (id: string) => Promise<void>;
  /** The lines of its log, 1,000 at most. */
  log: (id: string) => Promise<readonly string[]>;
}>;

/**
 * A server on the engine, with a service on `planId`, and one subscriber to all of its jobs, as a page has that shows them. It may use more CPU
 * than there is, as `docker run` may.
 */
export async function startOurJobs(
  { folder, closing, settings }: BenchContext,
  docker: Docker,
  planId = 'plan-srv-006',
): Promise<OurJobs> {
  const server = await startOneoff({
    folder,
    name: 'oneoff',
    environment: { DOCKER_HOST: docker.host, ONEOFF_ENGINE: 'docker', ONEOFF_RUNNER_CPU_MILLIS: '100000' },
    profileFolder: settings.profile ? folder : undefined,
  });
  closing.defer(() => server.stop());
  const serviceId = await createService(server, { image: docker.image, planId });
  const { succeeded } = watchJobs(server, serviceId);
  const { client } = server;
  return {
    server,
    succeeded,
    create: async (startCommand) => {
      const { createJob } = await client.request<{ createJob: { job: { id: string; createdAt: string } } }>(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id createdAt } } }',
        { input: { serviceId, startCommand } },
      );
      return { id: createJob.job.id, createdAtMs: Date.parse(createJob.job.createdAt) };
    },
    log: async (id) => {
      const { job } = await client.request<{ job: { logs: { edges: { node: { text: string } }[] } } }>(
        'query ($id: ID!) { job(id: $id) { logs(first: 1000) { edges { node { text } } } } }',
        { id },
      );
      return job.logs.edges.map(({ node }) => node.text);
    },
  };
}

type Shown = Readonly<{ id: string; status: string }>;

function watchJobs({ client }: OneoffServer, serviceId: string): Pick<OurJobs, 'succeeded'> {
  const ended = new Map<string, string>();
  const waiting = new Map<string, () => void>();
  const messages = client.subscribe<{ jobsUpdated: { jobs: readonly Shown[] } }>(
    'subscription ($ids: [ID!]) { jobsUpdated(filter: { serviceIds: $ids }) { jobs { id status } } }',
    { ids: [serviceId] },
  );
  const follow = async () => {
    for await (const { jobsUpdated } of messages) {
      for (const { id, status } of jobsUpdated.jobs) {
        if (status === 'PENDING' || status === 'RUNNING') continue;
        ended.set(id, status);
        waiting.get(id)?.();
      }
    }
  };
  // It ends with the server; a wait that it leaves open has a deadline of its own in the bench.
  follow().catch(() => undefined);
  return {
    succeeded: async (id) => {
      if (!ended.has(id)) await new Promise<void>((resolve) => waiting.set(id, resolve));
      waiting.delete(id);
      if (ended.get(id) !== 'SUCCEEDED') throw new Error(`${id} is ${ended.get(id)}, wanted SUCCEEDED`);
    },
  };
}
