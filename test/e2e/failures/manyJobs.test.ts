import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker, dockerode } from '../../support/docker.ts';
import { containersOf, untilNoContainers } from '../../support/dockerWitness.ts';
import { eventually } from '../../support/eventually.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { type JobsOverApi, jobsOverApi, type ShownJob, type ShownUpdate } from '../../support/jobsOverApi.ts';

const slots = 4;
const count = 100;
const terminal = ['SUCCEEDED', 'FAILED', 'CANCELED'];

await describeWithDocker(`${count} jobs submitted at once to ${slots} slots`, (connection) => {
  describeForms(({ deploy }) => {
    let server: Deployment;
    let jobs: JobsOverApi;
    let serviceId: string;
    let ids: readonly string[];
    /** What each subscriber of one job was told. */
    let told: readonly (readonly ShownUpdate[])[];
    /** How many containers ran at once, by the engine's own account, after each start and each end. */
    const atOnce: number[] = [];
    /** The first jobs that had ended, as they were then. */
    let early: readonly ShownJob[];

    beforeAll(async () => {
      server = await deploy({
        ONEOFF_ENGINE: 'docker',
        ONEOFF_RUNNER_CPU_MILLIS: '64000',
        ONEOFF_RUNNER_SLOTS: String(slots),
      });
      await server.start();
      jobs = jobsOverApi(server);
      serviceId = await jobs.createService();
      const events = (await dockerode(connection).getEvents({
        filters: JSON.stringify({
          type: ['container'],
          event: ['start', 'die'],
          label: [`oneoff.service=${serviceId}`],
        }),
      })) as Readable;
      let running = 0;
      createInterface({ input: events }).on('line', (line) => {
        running += (JSON.parse(line) as { Action: string }).Action === 'start' ? 1 : -1;
        atOnce.push(running);
      });

      ids = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          jobs.createJob(serviceId, `sleep 0.3; exit ${index % 4}`),
        ),
      );
      const telling = Promise.all(ids.map((id) => toldOf(jobs.updates(id))));
      early = await eventually(
        async () => {
          const ended = (await jobs.jobs()).filter(({ status }) => terminal.includes(status));
          return ended.length >= 10 ? ended : undefined;
        },
        { deadlineMs: 60_000, everyMs: 100 },
      );
      told = await telling;
      await eventually(() => atOnce.length === 2 * count);
      events.destroy();
    }, 180_000);
    afterAll(async () => {
      await untilNoContainers(connection, serviceId);
      await server.dispose();
    });

    it('dkron-io/dkron#1569: never run more at once than there are slots, and use them all', () => {
      // A machine that is busy with more may start the next ones late, so not all slots need be in use at any one moment.
      expect(Math.max(...atOnce)).toBeLessThanOrEqual(slots);
      expect(Math.max(...atOnce)).toBeGreaterThan(slots / 2);
    });

    it('triggerdotdev/trigger.dev#1533: no subscriber ever sees a final status without its outcome, or an outcome before it', () => {
      expect(told).toHaveLength(count);
      for (const [index, updates] of told.entries()) {
        for (const { job } of updates) {
          const isFinal = terminal.includes(job.status);
          expect([job.outcome !== null, job.finishedAt !== null]).toEqual([isFinal, isFinal]);
        }
        const last = updates.at(-1)?.job;
        const exitCode = index % 4;
        expect(last?.status).toBe(exitCode === 0 ? 'SUCCEEDED' : 'FAILED');
        expect(last?.outcome?.exitCode).toBe(exitCode);
        expect(updates.filter(({ job }) => terminal.includes(job.status))).toHaveLength(1);
      }
    });

    it('kestra-io/kestra#6331: an ended job’s finishedAt and cost never change again', async () => {
      const now = new Map((await jobs.jobs()).map((job) => [job.id, job]));
      expect(early.map(({ id }) => now.get(id))).toEqual(early);
    });

    it('triggerdotdev/trigger.dev#1567: leave no container behind', async () => {
      await eventually(async () => (await containersOf(connection, ids)).length === 0);
    });

    it('triggerdotdev/trigger.dev#1566: 50 submits at once with one idempotency key make one job', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => jobs.createJob(serviceId, 'true', { idempotencyKey: 'one' })),
      );
      expect(new Set(answers).size).toBe(1);
      const before = new Set(ids);
      const added = (await jobs.jobs()).filter(({ id }) => !before.has(id));
      expect(added.map(({ id }) => id)).toEqual(answers.slice(0, 1));
      await jobs.finishedJob(answers[0] ?? '');
    });
  });
});

async function toldOf(updates: AsyncIterable<ShownUpdate>): Promise<readonly ShownUpdate[]> {
  const all: ShownUpdate[] = [];
  for await (const update of updates) all.push(update);
  return all;
}
