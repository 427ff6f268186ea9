import { setTimeout as pause } from 'node:timers/promises';
import type { KeepAliveClient } from '../support/keepAliveClient.ts';
import type { OneoffServer } from '../support/oneoffServer.ts';

export type JobStream = Readonly<{
  /** Answers how many jobs were created, once both subscribers have seen the end of each. Throws what went wrong. */
  ended: () => Promise<number>;
  /** Never answers; throws what goes wrong meanwhile. */
  failure: Promise<never>;
  progress: () => string;
}>;

const tickMs = 50;
const endDeadlineMs = 120_000;

/** Creates jobs at an even rate, whether the server keeps up or not, with two subscribers to them and one list query a second. */
export function streamJobs(
  server: OneoffServer,
  client: KeepAliveClient,
  serviceId: string,
  { perSecond, seconds }: Readonly<{ perSecond: number; seconds: number }>,
): JobStream {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const fail = (error: unknown) => failed.reject(error);
  const created = new Set<string>();
  const ended = [new Set<string>(), new Set<string>()] as const;
  const subscriptions = [jobsSeen(server, serviceId), eventsSeen(server)] as const;
  subscriptions.forEach((ids, index) => void collect(ids, ended[index] ?? new Set()).catch(fail));
  let running = true;

  const create = async () => {
    const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
      'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
      { input: { serviceId, startCommand: 'true', idempotencyKey: crypto.randomUUID() } },
    );
    created.add(createJob.job.id);
  };
  const createAll = async () => {
    const startedMs = performance.now();
    const creations: Promise<void>[] = [];
    for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - startedMs) / 1000) {
      while (creations.length < elapsed * perSecond) creations.push(create());
      await pause(tickMs);
    }
    await Promise.all(creations);
  };
  const listAll = async () => {
    while (running) {
      await client.request('{ jobs(first: 20) { edges { node { id status cost { amount } } } } }');
      await pause(1000);
    }
  };
  const creating = createAll();
  creating.catch(fail);
  listAll().catch(fail);

  const allEnded = () => ended.every((seen) => [...created].every((id) => seen.has(id)));
  return {
    failure: failed.promise,
    progress: () => `${created.size} created, ${ended.map(({ size }) => size).join(' and ')} ends seen`,
    ended: async () => {
      await Promise.race([creating, failed.promise]);
      for (const deadlineMs = performance.now() + endDeadlineMs; !allEnded(); ) {
        if (performance.now() > deadlineMs)
          throw new Error('the subscribers have not seen the end of every job');
        await Promise.race([pause(100), failed.promise]);
      }
      running = false;
      // A return would wait for the next message: the socket of both is closed instead.
      await server.client.close();
      return created.size;
    },
  };
}

async function collect(ids: AsyncIterable<string>, into: Set<string>): Promise<void> {
  for await (const id of ids) into.add(id);
}

async function* jobsSeen({ client }: OneoffServer, serviceId: string): AsyncGenerator<string> {
  const messages = client.subscribe<{ jobsUpdated: { jobs: readonly { id: string; status: string }[] } }>(
    'subscription ($ids: [ID!]) { jobsUpdated(filter: { serviceIds: $ids }) { jobs { id status } } }',
    { ids: [serviceId] },
  );
  for await (const { jobsUpdated } of messages) {
    for (const { id, status } of jobsUpdated.jobs) if (status === 'SUCCEEDED') yield id;
  }
}

async function* eventsSeen({ client }: OneoffServer): AsyncGenerator<string> {
  const messages = client.subscribe<{ events: { events: readonly { subjectId: string }[] } }>(
    'subscription { events(filter: { types: [JobFinished] }) { events { subjectId } } }',
  );
  for await (const { events } of messages) for (const { subjectId } of events.events) yield subjectId;
}
