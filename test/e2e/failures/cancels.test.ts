import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker, dockerode } from '../../support/docker.ts';
import { untilNoContainers } from '../../support/dockerWitness.ts';
import { eventually } from '../../support/eventually.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { firstOf, type JobsOverApi, jobsOverApi, type ShownJob } from '../../support/jobsOverApi.ts';

await describeWithDocker('what a cancel has done to the users of others', (connection) => {
  describeForms(({ deploy }) => {
    const docker = dockerode(connection);
    let server: Deployment;
    let jobs: JobsOverApi;
    let serviceId: string;

    beforeAll(async () => {
      server = await deploy({
        ONEOFF_ENGINE: 'docker',
        ONEOFF_RUNNER_CPU_MILLIS: '8000',
        ONEOFF_RUNNER_SLOTS: '2',
      });
      await server.start();
      jobs = jobsOverApi(server);
      serviceId = await jobs.createService();
    });
    afterAll(async () => {
      await untilNoContainers(connection, serviceId);
      await server.dispose();
    });

    const up = (id: string) => firstOf(jobs.lines(id), ({ text }) => text === 'up');
    const runningContainers = (id: string) =>
      docker.listContainers({ filters: { label: [`oneoff.job=${id}`] } });

    /** Asks twice at the same moment, and once more at the end. */
    const canceled = async (id: string): Promise<ShownJob> => {
      const ended = firstOf(jobs.updates(id), ({ job }) => job.finishedAt !== null).then(async ({ job }) => {
        expect(await runningContainers(id)).toEqual([]);
        return job;
      });
      await Promise.all([jobs.cancelJob(id), jobs.cancelJob(id)]);
      const job = await ended;
      expect(job).toMatchObject({ status: 'CANCELED', outcome: { kind: 'CANCELED' } });
      expect(typesOf(job).filter((type) => type === 'JobFinished')).toHaveLength(1);
      const again = await jobs.cancelJob(id);
      expect(again.events).toEqual(job.events);
      return job;
    };

    it('woodpecker-ci/woodpecker#2875: a pending job that is canceled never starts, and is canceled, not failed', async () => {
      const holders = await Promise.all(
        [1, 2].map(() => jobs.createJob(serviceId, 'echo up; sleep 60', { gracePeriodSeconds: 0 })),
      );
      await Promise.all(holders.map(up));
      const pending = await jobs.createJob(serviceId, 'echo ran');
      expect(typesOf(await canceled(pending))).toEqual(['JobCreated', 'JobCancelRequested', 'JobFinished']);

      // Both slots are free after this: a job that comes later has run, and the canceled one has not.
      await Promise.all(holders.map(canceled));
      await jobs.finishedJob(await jobs.createJob(serviceId, 'true'));
      expect(await jobs.allLines(pending)).toEqual([]);
      expect((await jobs.job(pending)).attempts).toEqual([]);
    });

    it('woodpecker-ci/woodpecker#2875: a job that is canceled while its container is made is canceled', async () => {
      // Between the claim and the start lies a moment that cannot be held: it is hit by trying.
      const wasHit = async (): Promise<boolean> => {
        const id = await jobs.createJob(serviceId, 'echo up; sleep 60', { gracePeriodSeconds: 0 });
        await firstOf(jobs.updates(id), ({ job }) => job.attempts.length > 0);
        const types = typesOf(await canceled(id));
        return types[1] === 'JobAssigned' && types[2] === 'JobCancelRequested';
      };
      let hits = 0;
      for (let tries = 0; hits === 0 && tries < 20; tries += 1) hits += (await wasHit()) ? 1 : 0;
      expect(hits).toBe(1);
    });

    it('woodpecker-ci/woodpecker#2875: a job that ends while its server is away, after it was canceled, is canceled', async () => {
      const id = await jobs.createJob(
        serviceId,
        'trap "echo stopping; until [ -e /go ]; do sleep 0.1; done; exit 0" TERM; echo up; sleep 60 & wait',
        { gracePeriodSeconds: 60 },
      );
      await up(id);
      await jobs.cancelJob(id);
      await firstOf(jobs.lines(id), ({ text }) => text === 'stopping');
      await server.end('SIGKILL');
      for (const { Id } of await runningContainers(id)) {
        const touch = await docker.getContainer(Id).exec({ Cmd: ['touch', '/go'] });
        await touch.start({ Detach: true });
      }
      await eventually(async () => (await runningContainers(id)).length === 0);
      await server.start();
      expect(await jobs.finishedJob(id)).toMatchObject({ status: 'CANCELED', outcome: { kind: 'CANCELED' } });
    });

    it('woodpecker-ci/woodpecker#5925: once a job is shown as canceled, no process of it runs, not even one that ignores TERM', async () => {
      const stubborn = `trap "" TERM; echo up; sh -c 'trap "" TERM; sleep 60' & sleep 60; wait`;
      const id = await jobs.createJob(serviceId, stubborn, { gracePeriodSeconds: 1 });
      await up(id);
      const job = await canceled(id);
      expect(typesOf(job)).toEqual([
        'JobCreated',
        'JobAssigned',
        'JobStarted',
        'JobCancelRequested',
        'JobStopBegan',
        'JobFinished',
      ]);
    });

    it('dstackai/dstack#4285: all of a thousand lines that a job prints while it stops are in its log', async () => {
      const farewell = 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "bye $i"; done; exit 0';
      const id = await jobs.createJob(serviceId, `trap '${farewell}' TERM; echo up; sleep 60 & wait`, {
        gracePeriodSeconds: 30,
      });
      await up(id);
      await canceled(id);
      const texts = (await jobs.allLines(id)).map(({ text }) => text).filter((text) => text !== 'Terminated');
      expect(texts).toEqual(['up', ...Array.from({ length: 1000 }, (_, index) => `bye ${index + 1}`)]);
    });
  });
});

function typesOf({ events }: ShownJob): string[] {
  return events.map(({ type }) => type);
}
