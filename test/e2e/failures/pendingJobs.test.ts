import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createXidGenerator } from '../../../src/adapters/local/xidGenerator.ts';
import { createJob } from '../../../src/commands/createJob.ts';
import { createWithKey } from '../../../src/commands/createWithKey.ts';
import type { CommandDependencies } from '../../../src/commands/handleCommand.ts';
import { loadState } from '../../../src/commands/loadState.ts';
import { readConfig } from '../../../src/config.ts';
import { streamName } from '../../../src/domain/events.ts';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import { service } from '../../../src/domain/service.ts';
import { eventually } from '../../support/eventually.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { firstOf, gauge, type JobsOverApi, jobsOverApi } from '../../support/jobsOverApi.ts';
import { plans } from '../../support/samples.ts';

describe('what has kept the jobs of others pending', () => {
  describeForms(({ deploy }) => {
    let server: Deployment;
    let jobs: JobsOverApi;
    let serviceId: ServiceId;

    beforeAll(async () => {
      server = await deploy({
        ONEOFF_ENGINE: 'process',
        ONEOFF_RUNNER_SLOTS: '1',
        ONEOFF_RUNNER_MEMORY_BYTES: String(1024 ** 3),
        ONEOFF_RUNNER_CPU_MILLIS: '1000',
      });
      await server.start();
      jobs = jobsOverApi(server);
      serviceId = (await jobs.createService()) as ServiceId;
    });
    afterAll(() => server.dispose());

    const reasonOf = async (id: string) => (await jobs.job(id)).pendingReason;

    it('triggerdotdev/trigger.dev#3279: a job that waits for room says so, a metric tells for how long, and it runs once there is room', async () => {
      const holder = await jobs.createJob(serviceId, 'echo up; sleep 60', { gracePeriodSeconds: 0 });
      await firstOf(jobs.lines(holder), ({ text }) => text === 'up');
      const waiting = await jobs.createJob(serviceId, 'true');
      await eventually(async () => (await reasonOf(waiting))?.code === 'NO_CAPACITY');
      await eventually(async () => (await gauge(server, 'oneoff_queue_depth')) === 1);
      const earlier = await eventually(
        async () => (await gauge(server, 'oneoff_queue_age_seconds')) || undefined,
      );
      await eventually(async () => (await gauge(server, 'oneoff_queue_age_seconds')) > earlier);

      await jobs.cancelJob(holder);
      expect((await jobs.finishedJob(waiting)).pendingReason).toBeNull();
      await eventually(async () => (await gauge(server, 'oneoff_queue_depth')) === 0);
    });

    it('triggerdotdev/trigger.dev#3279: a job that no runner can ever hold says so, and holds up no other', async () => {
      const large = await jobs.createJob(serviceId, 'true', { planId: 'plan-srv-010' });
      const reason = await eventually(() => reasonOf(large));
      expect(reason.code).toBe('TOO_LARGE');
      expect(reason.text).toContain('4,096 MiB');
      const small = await jobs.finishedJob(await jobs.createJob(serviceId, 'true'));
      expect(small.status).toBe('SUCCEEDED');
      expect((await reasonOf(large))?.code).toBe('TOO_LARGE');
      await jobs.cancelJob(large);
      await eventually(async () => (await gauge(server, 'oneoff_queue_depth')) === 0);
    });

    it('hashicorp/nomad#26710: a job whose creation was cut off before anyone was told of it runs after the restart', async () => {
      await server.end('SIGKILL');
      const created = await createWithoutTelling(server, serviceId);
      await server.start();
      expect((await jobs.finishedJob(created)).status).toBe('SUCCEEDED');
      expect((await jobs.allLines(created)).map(({ text }) => text)).toEqual(['here']);
    });

    it('hashicorp/nomad#26710: a creation that was cut off between its two appends is finished after the restart', async () => {
      await server.end('SIGKILL');
      const claimed = await createWithoutTelling(server, serviceId, { appends: 1, key: 'cut off' });
      await server.start();
      const job = await eventually(async () => (await jobs.job(claimed)) ?? undefined);
      expect((await jobs.finishedJob(job.id)).status).toBe('SUCCEEDED');
      expect((await jobs.allLines(claimed)).map(({ text }) => text)).toEqual(['here']);
    });
  });
});

/**
 * What a server does that dies in the middle of `createJob`: the events are in the log, as many as `appends` let through, and no
 * process has seen them. Answers the job's id.
 */
async function createWithoutTelling(
  server: Deployment,
  serviceId: ServiceId,
  { appends = Number.POSITIVE_INFINITY, key = null }: { appends?: number; key?: string | null } = {},
): Promise<JobId> {
  await using closing = new AsyncDisposableStack();
  const eventStore = closing.adopt(server.openEventStore(), (store) => store.close());
  const clock = createSystemClock();
  const commands: CommandDependencies = {
    eventStore,
    clock,
    ids: createXidGenerator({ clock }),
  };
  const { state } = await loadState(commands, service, streamName('service', serviceId));
  if (state.status === 'NONE') throw new Error(`${serviceId}: not there`);
  const { workspaceId } = state;
  const jobId = commands.ids.id('job');
  const wanted = {
    jobId,
    serviceId,
    workspaceId,
    startCommand: 'echo here',
    planId: null,
    environment: [],
    timeoutSeconds: null,
    gracePeriodSeconds: 0,
    mayRunUnisolated: true,
    at: new Date(commands.clock.nowMs()).toISOString(),
  };
  const creating = createWithKey(dyingAfter(appends, commands), {
    context: {
      workspaceId,
      actor: { kind: 'process', name: 'test' },
      correlationId: 'cut-off',
      causationId: null,
      traceparent: null,
    },
    operation: 'createJob',
    key,
    inputHashes: ['of the input'],
    create: () => ({
      resultId: jobId,
      stream: streamName('job', jobId),
      events: createJob(state, wanted, { plans, limits: readConfig({}) }),
    }),
  });
  await creating.catch((error: unknown) => {
    if (error !== died) throw error;
  });
  return jobId;
}

const died = new Error('the process died here');

function dyingAfter(appends: number, commands: CommandDependencies): CommandDependencies {
  let left = appends;
  const { eventStore } = commands;
  return {
    ...commands,
    eventStore: {
      ...eventStore,
      append: (...args) => {
        left -= 1;
        return left < 0 ? Promise.reject(died) : eventStore.append(...args);
      },
    },
  };
}
