import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Cluster, type ClusterNode, cluster } from '../../support/cluster.ts';
import { describeWithDocker, dockerode } from '../../support/docker.ts';
import { containersOf, untilNoContainers } from '../../support/dockerWitness.ts';
import { eventually } from '../../support/eventually.ts';
import { firstOf, type JobsOverApi, jobsOverApi, type ShownJob } from '../../support/jobsOverApi.ts';
import { describeWithNats } from '../../support/natsServer.ts';

const leaseSeconds = 4;
const graceSeconds = 2;
/** A machine that runs other tests beside may hold a node up for so long. */
const busyMs = 3_000;
/** As the queue has it for a runner that took a job and says nothing more. */
const ackWaitMs = 15_000;

await describeWithDocker('what a runner’s death has done to the users of others', (connection) => {
  // Only where the rest lives on: in one process they die together, and `restarts.test.ts` has that.
  describeWithNats('whose other machines lived on', () => {
    const docker = dockerode(connection);
    let oneoff: Cluster;
    let jobs: JobsOverApi;
    let serviceId: string;

    beforeAll(async () => {
      oneoff = await cluster({
        nodes: [
          { name: 'api', roles: ['api', 'processes'] },
          { name: 'runner1', roles: ['runner'], canBeCutOff: true },
          { name: 'runner2', roles: ['runner'], canBeCutOff: true },
        ],
        environment: {
          ONEOFF_ENGINE: 'docker',
          ONEOFF_RUNNER_LEASE_SECONDS: String(leaseSeconds),
          ONEOFF_RUNNER_CPU_MILLIS: '8000',
        },
      });
      await oneoff.start();
      jobs = jobsOverApi({ url: oneoff.node('api').url, token: oneoff.token });
      serviceId = await jobs.createService();
    });
    afterEach(async () => {
      for (const runner of runners()) if (!runner.isRunning()) await runner.start();
    });
    afterAll(async () => {
      await untilNoContainers(connection, serviceId);
      await oneoff.dispose();
    });

    const runners = (): readonly ClusterNode[] => oneoff.withRole('runner');
    const isRunning = async (containerId: string): Promise<boolean> =>
      docker
        .getContainer(containerId)
        .inspect()
        .then(
          ({ State }) => State.Running,
          () => false,
        );

    /** A job whose command runs, the runner that has it, and the one that has not. */
    async function running(startCommand: string, input: Readonly<Record<string, unknown>> = {}) {
      const id = await jobs.createJob(serviceId, `echo up; ${startCommand}`, input);
      await firstOf(jobs.lines(id), ({ text }) => text === 'up');
      const { job } = await firstOf(jobs.updates(id), (update) => update.job.status === 'RUNNING');
      const [attempt] = job.attempts;
      const [runner] = runners().filter((node) => node.runnerId() === attempt?.runnerId);
      const [other] = runners().filter((node) => node !== runner);
      if (runner === undefined || other === undefined) throw new Error(`${attempt?.runnerId} is no runner`);
      return { id, runner, other, containerId: attempt?.containerId ?? '' };
    }

    it('nats-io/nats-server#4716: a job that a runner took from the queue and never claimed is run by another within the wait for its acknowledgment', async () => {
      // The first test of this file: nothing else is with a runner.
      const [first, second] = runners();
      await second?.end('SIGTERM');
      first?.network('eventStore').cut();
      const id = await jobs.createJob(serviceId, 'echo here');
      await eventually(async () => (await takenFromQueue(oneoff)) === 1);
      await first?.end('SIGKILL');
      const killedMs = Date.now();
      expect(typesOf(await jobs.job(id))).toEqual(['JobCreated']);
      await first?.network('eventStore').heal();
      await second?.start();
      const job = await jobs.finishedJob(id);
      expect(job.status).toBe('SUCCEEDED');
      expect(job.attempts).toMatchObject([{ runnerId: second?.runnerId() }]);
      expect(Date.now() - killedMs).toBeLessThan(ackWaitMs + 10_000);
    }, 90_000);

    it('kestra-io/kestra#2653: a job whose runner was killed ends as lost, within the lease and the grace period', async () => {
      const { id, runner } = await running('sleep 300', { gracePeriodSeconds: graceSeconds });
      await runner.end('SIGKILL');
      const killedMs = Date.now();
      const job = await jobs.finishedJob(id);
      expect(job.status).toBe('FAILED');
      expect(job.outcome).toMatchObject({ kind: 'RUNNER_LOST' });
      expect(Date.now() - killedMs).toBeLessThan((leaseSeconds + graceSeconds) * 1000 + busyMs);
      expect(job.attempts).toHaveLength(1);
    });

    it('kestra-io/kestra#6331: nothing that a killed runner left, nor the runner at its return, moves a lost job’s end or cost', async () => {
      const { id, runner, containerId } = await running('sleep 300', { gracePeriodSeconds: 0 });
      await runner.end('SIGKILL');
      const atItsEnd = await jobs.finishedJob(id);
      expect(await isRunning(containerId)).toBe(true);
      expect(Date.parse(atItsEnd.finishedAt ?? '')).toBeLessThanOrEqual(Date.now());
      await runner.start();
      // It sweeps its host first.
      await eventually(async () => (await containersOf(connection, [id])).length === 0);
      expect(await jobs.job(id)).toEqual(atItsEnd);
    });

    it('graphile/worker#222, timgit/pg-boss#436: a runner keeps a job for longer than its lease, and once it is killed holds up no other', async () => {
      const { id, runner } = await running(`sleep ${leaseSeconds * 2}; echo done`);
      expect((await jobs.finishedJob(id)).status).toBe('SUCCEEDED');

      await runner.end('SIGKILL');
      const next = await Promise.all([1, 2, 3].map(() => jobs.createJob(serviceId, 'true')));
      for (const job of await Promise.all(next.map(jobs.finishedJob))) expect(job.status).toBe('SUCCEEDED');
    });

    it('OptimalBits/bull#1416: a runner that slept past its lease stops its container as it wakes, and what it says of the job is refused', async () => {
      const [asleep] = runners();
      for (const runner of runners()) if (runner !== asleep) await runner.end('SIGTERM');
      const still = await running('sleep 300', { gracePeriodSeconds: 0 });
      const done = await running('until [ -e /go ]; do sleep 0.1; done; echo went', {
        gracePeriodSeconds: 0,
      });
      expect([still.runner, done.runner]).toEqual([asleep, asleep]);

      await asleep?.pause();
      const touch = await docker.getContainer(done.containerId).exec({ Cmd: ['touch', '/go'] });
      await touch.start({ Detach: true });
      await eventually(async () => !(await isRunning(done.containerId)));
      const ended = await Promise.all([still, done].map(({ id }) => jobs.finishedJob(id)));
      for (const { outcome } of ended) expect(outcome).toMatchObject({ kind: 'RUNNER_LOST' });
      expect(await isRunning(still.containerId)).toBe(true);

      asleep?.resume();
      await eventually(async () => (await containersOf(connection, [still.id, done.id])).length === 0);
      // By then it has said all that it had to say: it takes jobs again.
      await jobs.finishedJob(await jobs.createJob(serviceId, 'true'));
      for (const job of ended) expect(await jobs.job(job.id)).toEqual(job);
    }, 60_000);

    it('nats-io/nats-server#4716: a runner that is cut off from all stops its container within its lease, which only then counts as lost', async () => {
      const { id, runner, containerId } = await running('trap "exit 0" TERM; sleep 300 & wait', {
        gracePeriodSeconds: 1,
      });
      runner.network('nats').cut();
      runner.network('eventStore').cut();
      const cutMs = Date.now();
      const ended = jobs.finishedJob(id).then(async (job) => ({ job, ran: await isRunning(containerId) }));
      await eventually(async () => !(await isRunning(containerId)));
      expect(Date.now() - cutMs).toBeLessThan(leaseSeconds * 1000);
      const { job, ran } = await ended;
      expect(ran).toBe(false);
      expect(job.outcome).toMatchObject({ kind: 'RUNNER_LOST' });
      await runner.network('nats').heal();
      await runner.network('eventStore').heal();
      expect(await jobs.job(id)).toEqual(job);
    }, 60_000);
  });
});

function typesOf({ events }: ShownJob): readonly string[] {
  return events.map(({ type }) => type);
}

type Streams = Readonly<{
  account_details: readonly Readonly<{
    stream_detail?: readonly Readonly<{
      name: string;
      consumer_detail?: readonly Readonly<{ num_ack_pending: number }>[];
    }>[];
  }>[];
}>;

/** How many messages are with a runner, by the NATS server's own account. */
async function takenFromQueue({ nats }: Cluster): Promise<number> {
  const { account_details } = (await nats.monitor('/jsz?consumers=true')) as Streams;
  const consumers = account_details
    .flatMap(({ stream_detail = [] }) => stream_detail)
    .filter(({ name }) => name === 'ONEOFF_JOBS')
    .flatMap(({ consumer_detail = [] }) => consumer_detail);
  return consumers.reduce((sum, { num_ack_pending }) => sum + num_ack_pending, 0);
}
