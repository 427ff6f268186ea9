import { countEvents } from '../support/countEvents.ts';
import { createService, startOneoff } from '../support/oneoffServer.ts';
import type { Target } from './target.ts';

const mutation =
  'mutation Create($input: CreateJobInput!) { createJob(input: $input) { job { id status } } }';

/** The first workspace and its token are claimed in the same way, and so are the operators' workspace and their token. */
const firstStartKeys = 4;

/**
 * oneoff itself, all of it, with one setting that no user has: a runner too small for any job. Its peers only enqueue, with no worker; so
 * here the jobs are created, projected and dispatched to the queue, and wait there.
 */
export function ourTarget(profileFolder: string | undefined): Target {
  return {
    name: 'oneoff',
    start: async (folder, closing) => {
      const server = await startOneoff({
        folder,
        name: 'oneoff',
        environment: { ONEOFF_ENGINE: 'process', ONEOFF_RUNNER_MEMORY_BYTES: '1' },
        profileFolder,
      });
      closing.defer(() => server.stop());
      const serviceId = await createService(server);
      const input = { serviceId, startCommand: 'echo hello', idempotencyKey: '%KEY%' };
      return {
        requests: {
          url: server.url,
          authorization: `Bearer ${server.token}`,
          body: JSON.stringify({ query: mutation, variables: { input } }),
        },
        stored: async () => {
          await server.stop();
          const { JobCreated: jobs = 0, IdempotencyKeyClaimed: keys = 0 } = countEvents(server.dataFolder);
          const ofJobs = keys - firstStartKeys;
          if (jobs !== ofJobs)
            throw new Error(`${jobs} jobs and ${ofJobs} keys of jobs in the log, wanted as many`);
          return jobs;
        },
      };
    },
  };
}
