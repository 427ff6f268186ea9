import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Cluster, type ClusterNode, cluster } from '../../support/cluster.ts';
import { describeWithDocker } from '../../support/docker.ts';
import { type StartWitness, untilNoContainers, witnessStarts } from '../../support/dockerWitness.ts';
import { eventually } from '../../support/eventually.ts';
import {
  firstOf,
  type JobsOverApi,
  jobsOverApi,
  type ShownJob,
  type ShownLine,
} from '../../support/jobsOverApi.ts';
import { describeWithNats } from '../../support/natsServer.ts';

const leaderLeaseMs = 1_000;

await describeWithDocker('what happened between the machines of others', (connection) => {
  // What one process cannot show: there the log, the queue, the runner and whoever dispatches live and die together.
  describeWithNats('of which each has one role', () => {
    let oneoff: Cluster;
    let jobs: JobsOverApi;
    let serviceId: string;
    let witness: StartWitness;

    beforeAll(async () => {
      witness = await witnessStarts(connection);
      oneoff = await cluster({
        nodes: [
          { name: 'api', roles: ['api'] },
          { name: 'processes1', roles: ['processes'], canBeCutOff: true },
          { name: 'processes2', roles: ['processes'], canBeCutOff: true },
          { name: 'runner1', roles: ['runner'] },
          { name: 'runner2', roles: ['runner'] },
        ],
        environment: {
          ONEOFF_ENGINE: 'docker',
          ONEOFF_LEADER_LEASE_MS: String(leaderLeaseMs),
          ONEOFF_RUNNER_CPU_MILLIS: '32000',
        },
      });
      await oneoff.start();
      jobs = jobsOverApi({ url: oneoff.node('api').url, token: oneoff.token });
      serviceId = await jobs.createService();
    });
    afterEach(async () => {
      for (const node of oneoff.nodes) if (!node.isRunning()) await node.start();
    });
    afterAll(async () => {
      witness.close();
      await untilNoContainers(connection, serviceId);
      await oneoff.dispose();
    });

    const restart = async (part: Pick<ClusterNode, 'start'> & Killed): Promise<void> => {
      await part.end('SIGKILL');
      await part.start();
    };
    const expectOneStart = ({ id, events }: ShownJob): void => {
      expect(witness.starts().get(id), id).toBe(1);
      expect(events.filter(({ type }) => type === 'JobAssigned')).toHaveLength(1);
    };

    it('kubernetes/kubernetes#120790: of two runners that race for each of many jobs, one starts one container', async () => {
      const ids = await Promise.all(Array.from({ length: 40 }, () => jobs.createJob(serviceId, 'sleep 0.2')));
      const ended = await Promise.all(ids.map(jobs.finishedJob));
      for (const job of ended) {
        expect(job.status).toBe('SUCCEEDED');
        expect(job.attempts).toHaveLength(1);
        expectOneStart(job);
      }
      const took = new Set(ended.map(({ attempts }) => attempts[0]?.runnerId));
      expect(took).toEqual(new Set(oneoff.withRole('runner').map((node) => node.runnerId())));
    }, 60_000);

    it('hatchet-dev/hatchet#552, #1022: no kill of the queue, the leader or the log while jobs run makes one of them run twice', async () => {
      const ids = await Promise.all(
        Array.from({ length: 8 }, () =>
          jobs.createJob(serviceId, 'echo up; until [ -e /go ]; do sleep 0.2; done', { timeoutSeconds: 12 }),
        ),
      );
      await Promise.all(ids.map((id) => firstOf(jobs.lines(id), ({ text }) => text === 'up')));
      for (const part of [oneoff.nats, await oneoff.leader(), oneoff.eventStore]) await restart(part);
      const ended = await Promise.all(ids.map((id) => eventually(() => jobs.finishedJob(id))));
      for (const job of ended) {
        expect(job.outcome).toMatchObject({ kind: 'TIMED_OUT' });
        expectOneStart(job);
      }
    }, 60_000);

    it('hashicorp/nomad#26710: a job whose dispatcher died between its creation and the queue is dispatched by the next', async () => {
      const dispatchers = oneoff.withRole('processes');
      for (const node of dispatchers) node.network('nats').cut();
      const id = await jobs.createJob(serviceId, 'echo here');
      for (const node of dispatchers) await node.end('SIGKILL');
      expect((await jobs.job(id)).events.map(({ type }) => type)).toEqual(['JobCreated']);
      expect((await jobs.job(id)).attempts).toEqual([]);
      for (const node of dispatchers) await node.network('nats').heal();
      await dispatchers[0]?.start();
      const job = await jobs.finishedJob(id);
      expect(job.status).toBe('SUCCEEDED');
      expectOneStart(job);
    }, 60_000);

    it('nats-io/nats-server#4716: once the leader is killed, another dispatches within its lease and two seconds', async () => {
      const leader = await oneoff.leader();
      await leader.end('SIGKILL');
      const killedMs = Date.now();
      const id = await jobs.createJob(serviceId, 'true');
      await firstOf(jobs.updates(id), ({ job }) => job.attempts.length > 0);
      expect(Date.now() - killedMs).toBeLessThan(leaderLeaseMs + 2_000);
      expect(await oneoff.leader()).not.toBe(leader);
      expectOneStart(await jobs.finishedJob(id));
    });

    it('woodpecker-ci/woodpecker#178: a runner that is killed and comes back goes on with the log where it was, and its follower notices nothing', async () => {
      const count = 600;
      const id = await jobs.createJob(
        serviceId,
        `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "line $i"; sleep 0.01; done; exit 7`,
      );
      const lines: ShownLine[] = [];
      const following = (async () => {
        for await (const line of jobs.lines(id)) lines.push(line);
      })();
      await eventually(() => lines.length > 20);
      const [attempt] = (await jobs.job(id)).attempts;
      const runner = oneoff.withRole('runner').find((node) => node.runnerId() === attempt?.runnerId);
      if (runner === undefined) throw new Error(`${attempt?.runnerId} is no runner`);
      await restart(runner);
      const seen = lines.length;
      await eventually(() => lines.length > seen);
      await restart(runner);
      await following;
      expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
      expect(lines.map(({ text }) => text)).toEqual(
        Array.from({ length: count }, (_, index) => `line ${index + 1}`),
      );
      const job = await jobs.finishedJob(id);
      expect(job.outcome).toMatchObject({ kind: 'EXITED', exitCode: 7 });
      expectOneStart(job);
    }, 60_000);
  });
});

type Killed = Readonly<{ end: (signal: NodeJS.Signals) => Promise<unknown> }>;
