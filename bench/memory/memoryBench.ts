import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, judge } from '../support/benchmark.ts';
import { countEvents } from '../support/countEvents.ts';
import { createKeepAliveClient, type KeepAliveClient } from '../support/keepAliveClient.ts';
import { connections } from '../support/load.ts';
import { createService, type OneoffServer, startOneoff } from '../support/oneoffServer.ts';
import { processState } from '../support/processState.ts';
import { median } from '../support/statistics.ts';

/**
 * What the server holds when it has nothing to do: new, and after jobs that have come and gone. Each is created and at once canceled, before
 * a runner has it: a whole life, without the cost of 100,000 processes. Nobody tells it to collect its garbage: it
 * has a minute in which to do so, which is enough for the two collections that V8 makes where it finds a thread at rest.
 */
export const memoryBench: Bench = {
  ids: ['memory-idle', 'memory-growth'],
  run: async (wanted, { settings, folder, closing, print }) => {
    const [jobs, idleSeconds] = settings.short ? [500, 2] : [100_000, 60];
    const server = await startOneoff({
      folder,
      name: 'oneoff',
      environment: { ONEOFF_ENGINE: 'process', ONEOFF_RUNNER_MEMORY_BYTES: '1' },
      profileFolder: settings.profile ? folder : undefined,
    });
    closing.defer(() => server.stop());
    const serviceId = await createService(server);
    const idle = await idleMegabytes(server, idleSeconds);
    print(`  idle, new: ${idle.toFixed(1)} MB`);
    const startedMs = performance.now();
    await createAndCancel(server, serviceId, jobs, print);
    const seconds = (performance.now() - startedMs) / 1000;
    print(
      `  ${jobs} jobs created and canceled in ${seconds.toFixed(0)} s; RSS ${megabytes(server).toFixed(1)} MB`,
    );
    const later = await idleMegabytes(server, idleSeconds);
    print(`  idle, after them: ${later.toFixed(1)} MB`);
    await server.stop();
    const { JobCreated: created, JobFinished: finished } = countEvents(server.dataFolder);
    if (created !== jobs || finished !== jobs)
      throw new Error(`${created} created and ${finished} ended, wanted ${jobs}`);
    const ratios = [
      judge(
        { id: 'memory-idle', ours: idle, peer: null, unit: 'MB', ratio: idle },
        { atMost: 150 },
        settings,
      ),
      judge(
        { id: 'memory-growth', ours: later, peer: idle, unit: 'MB', ratio: later - idle },
        { atMost: 64 },
        settings,
      ),
    ];
    return ratios.filter(({ id }) => wanted.includes(id));
  },
};

async function createAndCancel(
  server: OneoffServer,
  serviceId: string,
  jobs: number,
  print: (line: string) => void,
): Promise<void> {
  const client = createKeepAliveClient(server, connections);
  let next = 0;
  const work = async () => {
    while (next < jobs) {
      next += 1;
      if (next % 20_000 === 0) print(`    ${next} jobs: ${megabytes(server).toFixed(1)} MB`);
      await createAndCancelOne(client, serviceId, `key-${next}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    client.close();
  }
}

async function createAndCancelOne(
  client: KeepAliveClient,
  serviceId: string,
  idempotencyKey: string,
): Promise<void> {
  const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
    'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
    { input: { serviceId, startCommand: 'true', idempotencyKey } },
  );
  await client.request('mutation ($id: ID!) { cancelJob(id: $id) { job { status } } }', {
    id: createJob.job.id,
  });
}

/** The middle of the last five seconds of a rest. */
async function idleMegabytes(server: OneoffServer, seconds: number): Promise<number> {
  await pause(Math.max(0, seconds - 5) * 1000);
  const seen: number[] = [];
  for (let sample = 0; sample < 5; sample += 1) {
    await pause(Math.min(1, seconds / 5) * 1000);
    seen.push(megabytes(server));
  }
  return median(seen);
}

function megabytes({ pid }: OneoffServer): number {
  return processState(pid).rssMegabytes;
}
