import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, type ClusterNode, cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { type JobsOverApi, jobsOverApi } from '../support/jobsOverApi.ts';
import { describeWithNats } from '../support/natsServer.ts';

const leaderLeaseMs = 1_000;
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
        { name: 'api', roles: ['api', 'runner'] },
        { name: 'processes1', roles: ['processes'], canBeCutOff: true },
        { name: 'processes2', roles: ['processes'], canBeCutOff: true },
      ],
      environment: { ONEOFF_ENGINE: 'process', ONEOFF_LEADER_LEASE_MS: String(leaderLeaseMs) },
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
});
