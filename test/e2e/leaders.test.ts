import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, type ClusterNode, cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { firstOf, type JobsOverApi, jobsOverApi } from '../support/jobsOverApi.ts';
import { describeWithNats } from '../support/natsServer.ts';

const leaderLeaseMs = 3_000;
const runnerLeaseMs = 5_000;
/** Two leases of silence, a second between two questions, a lease for what is at hand, and what the next one takes. */
const takeoverMs = 2 * leaderLeaseMs + 1_000 + leaderLeaseMs + 3_000;

// Of many nodes alone: one process is its own leader.
describeWithNats('the node that runs the process managers', () => {
  let oneoff: Cluster;
  let jobs: JobsOverApi;
  let serviceId: string;
  beforeAll(async () => {
    oneoff = await cluster({
      nodes: [
        { name: 'api', roles: ['api'] },
        { name: 'runner', roles: ['runner'] },
        { name: 'processes1', roles: ['processes'], canBeCutOff: true },
        { name: 'processes2', roles: ['processes'], canBeCutOff: true },
      ],
      environment: {
        ONEOFF_ENGINE: 'process',
        ONEOFF_LEADER_LEASE_MS: String(leaderLeaseMs),
        ONEOFF_RUNNER_LEASE_SECONDS: String(runnerLeaseMs / 1_000),
      },
    });
    await oneoff.start();
    jobs = jobsOverApi({ url: oneoff.node('api').url, token: oneoff.token });
    serviceId = await jobs.createService();
  });
  afterAll(() => oneoff.dispose());

  it.each(['cut', 'refuse'] as const)(
    'leaves that to another when the event store is out of its reach, though NATS is not (%s)',
    async (how) => {
      const leader: ClusterNode = await oneoff.leader();
      await leader.network('eventStore')[how]();
      const beganMs = Date.now();
      const id = await jobs.createJob(serviceId, 'true');
      await eventually(async () => (await jobs.job(id)).attempts.length > 0);
      expect(Date.now() - beganMs).toBeLessThan(takeoverMs);
      expect(await oneoff.leader()).not.toBe(leader);
      await leader.network('eventStore').heal();
      // Whoever leads now, the other is there to take over again.
      const [other] = oneoff.withRole('processes').filter((node) => node !== leader);
      await other?.end('SIGKILL');
      expect((await jobs.finishedJob(await jobs.createJob(serviceId, 'true'))).status).toBe('SUCCEEDED');
      await other?.start();
    },
    60_000,
  );

  it('ends the jobs of a runner that died with the leader within one lease of the runner, as the next leader has missed it already', async () => {
    const [leader, runner] = [await oneoff.leader(), oneoff.node('runner')];
    const id = await jobs.createJob(serviceId, 'sleep 300', { gracePeriodSeconds: 0 });
    await firstOf(jobs.updates(id), ({ job }) => job.status === 'RUNNING');
    await Promise.all([leader, runner].map((node) => node.end('SIGKILL')));
    const killedMs = Date.now();
    expect((await jobs.finishedJob(id)).outcome).toMatchObject({ kind: 'RUNNER_LOST' });
    // The next one leads after its own lease, and would miss the runner for another one from then on.
    expect(Date.now() - killedMs).toBeLessThan(runnerLeaseMs + 2_000);
    await Promise.all([leader, runner].map((node) => node.start()));
  }, 60_000);
});
