import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker, dockerode } from '../../support/docker.ts';
import { containersOf, untilNoContainers, witnessStarts } from '../../support/dockerWitness.ts';
import { eventually } from '../../support/eventually.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { firstOf, type JobsOverApi, jobsOverApi, type ShownJob } from '../../support/jobsOverApi.ts';

const waitForGo = 'echo up; until [ -e /go ]; do sleep 0.1; done; echo down';

await describeWithDocker('what a restart has done to the users of others', (connection) => {
  describeForms(({ deploy }) => {
    const docker = dockerode(connection);
    let server: Deployment;
    let jobs: JobsOverApi;
    let serviceId: string;

    beforeAll(async () => {
      // Four slots, so that jobs can wait for one.
      server = await deploy({
        ONEOFF_ENGINE: 'docker',
        ONEOFF_RUNNER_CPU_MILLIS: '8000',
        ONEOFF_RUNNER_SLOTS: '4',
        // Longer than any restart takes; what is truly lost is told after it.
        ONEOFF_RUNNER_LEASE_SECONDS: '15',
      });
      await server.start();
      jobs = jobsOverApi(server);
      serviceId = await jobs.createService();
    });
    afterAll(async () => {
      await untilNoContainers(connection, serviceId);
      await server.dispose();
    });

    const running = async (id: string): Promise<ShownJob> => {
      await firstOf(jobs.lines(id), ({ text }) => text === 'up');
      return eventually(async () => {
        const job = await jobs.job(id);
        return job.status === 'RUNNING' ? job : undefined;
      });
    };

    it('triggerdotdev/trigger.dev#1566: restarted ten times with jobs in all states, nothing changes and nothing runs twice', async () => {
      const witness = await witnessStarts(connection);
      const ended = await Promise.all(
        ['exit 0', 'exit 3'].map((command) => jobs.createJob(serviceId, command)),
      );
      await Promise.all(ended.map((id) => jobs.finishedJob(id)));
      const atWork = await Promise.all(
        [waitForGo, waitForGo, waitForGo, `trap "echo not yet" TERM; ${waitForGo}`].map((command) =>
          jobs.createJob(serviceId, command, { gracePeriodSeconds: 600 }),
        ),
      );
      await Promise.all(atWork.map(running));
      const stopping = atWork[3] ?? '';
      await jobs.cancelJob(stopping);
      await firstOf(jobs.lines(stopping), ({ text }) => text === 'not yet');
      const waiting = await Promise.all([1, 2, 3].map((n) => jobs.createJob(serviceId, `echo ${n}`)));
      await jobs.cancelJob(waiting[2] ?? '');

      const lastingState = async () =>
        (await jobs.jobs()).map(({ id, status, outcome, startedAt, finishedAt, attempts, events }) => {
          return { id, status, outcome, startedAt, finishedAt, attempts, events };
        });
      const before = await lastingState();
      expect(before.map(({ status }) => status).sort()).toEqual(
        [
          'SUCCEEDED',
          'FAILED',
          'RUNNING',
          'RUNNING',
          'RUNNING',
          'RUNNING',
          'PENDING',
          'PENDING',
          'CANCELED',
        ].sort(),
      );
      const containers = await containersOf(connection, atWork);

      for (let restart = 0; restart < 10; restart += 1) {
        const part = server.parts[restart % server.parts.length];
        await part?.end(restart % 3 === 0 ? 'SIGTERM' : 'SIGKILL');
        await part?.start();
        // Whoever was the other end of a connection needs a moment to have it again.
        expect(await eventually(lastingState)).toEqual(before);
      }
      expect((await containersOf(connection, atWork)).toSorted()).toEqual(containers.toSorted());

      for (const { attempts } of before.filter(({ status }) => status === 'RUNNING')) {
        await runIn(docker, attempts[0]?.containerId ?? '', ['touch', '/go']);
      }
      const all = await Promise.all(before.map(({ id }) => jobs.finishedJob(id)));
      const statusOf = (id: string) => all.find((job) => job.id === id)?.status;
      expect(atWork.map(statusOf)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'CANCELED']);
      expect(waiting.map(statusOf)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'CANCELED']);
      for (const id of atWork.slice(0, 3)) {
        expect((await jobs.allLines(id)).map(({ text }) => text)).toEqual(['up', 'down']);
      }
      for (const { id } of before) {
        expect(witness.starts().get(id) ?? 0, id).toBe(id === waiting[2] ? 0 : 1);
      }
      witness.close();
    }, 180_000);

    it('kestra-io/kestra#2653: a job whose server was killed reaches a terminal event, with the end that it truly had', async () => {
      const id = await jobs.createJob(serviceId, `${waitForGo}; exit 5`);
      const lost = await jobs.createJob(serviceId, waitForGo);
      const [{ attempts }, lostJob] = await Promise.all([running(id), running(lost)]);
      await server.end('SIGKILL');

      const container = docker.getContainer(attempts[0]?.containerId ?? '');
      await runIn(docker, container.id, ['touch', '/go']);
      const { State } = await eventually(async () => {
        const found = await container.inspect();
        return found.State.Running ? undefined : found;
      });
      await docker.getContainer(lostJob.attempts[0]?.containerId ?? '').remove({ force: true });
      await server.start();

      const job = await jobs.finishedJob(id);
      expect(job.outcome).toMatchObject({ kind: 'EXITED', exitCode: 5 });
      // Not the moment at which somebody looked again: what was billed is what ran (kestra-io/kestra#6331).
      expect(Date.parse(job.finishedAt ?? '')).toBe(Date.parse(State.FinishedAt));
      expect((await jobs.allLines(id)).map(({ text }) => text)).toEqual(['up', 'down']);
      expect((await jobs.finishedJob(lost)).outcome).toMatchObject({ kind: 'RUNNER_LOST' });
    }, 90_000);

    it('woodpecker-ci/woodpecker#178, hashicorp/nomad#7619: a log that is followed across restarts has every line once', async () => {
      const count = 399;
      // It waits after every hundred lines, so that there are some left to be cut off from, however long a restart takes.
      const waitForRestart = '[ $((i % 100)) -ne 0 ] || until [ -e /go$((i / 100)) ]; do sleep 0.05; done';
      const id = await jobs.createJob(
        serviceId,
        `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "line $i"; sleep 0.01; ${waitForRestart}; done`,
      );
      const container = await eventually(
        async () => (await jobs.job(id)).attempts[0]?.containerId ?? undefined,
      );
      const seen: string[] = [];
      let lastSequence = 0;
      const restartAt = new Map<number, NodeJS.Signals>([
        [20, 'SIGKILL'],
        [150, 'SIGTERM'],
        [250, 'SIGKILL'],
      ]);
      let restarting: Promise<void> | undefined;
      let restarts = 0;
      const restart = async (signal: NodeJS.Signals): Promise<void> => {
        await server.end(signal);
        await server.start();
        restarts += 1;
        await runIn(docker, container, ['touch', `/go${restarts}`]);
      };
      const followToTheEnd = async (): Promise<void> => {
        for await (const { sequence, text } of jobs.lines(id, lastSequence)) {
          seen.push(text);
          lastSequence = sequence;
          for (const [line, signal] of restartAt) {
            // A server that is told to end may still send what comes after the next place.
            if (lastSequence < line || restarting !== undefined) continue;
            restartAt.delete(line);
            restarting = restart(signal);
            break;
          }
        }
      };
      const breaksOff = async (): Promise<boolean> => {
        restarting = undefined;
        const broke = await followToTheEnd().then(
          () => false,
          () => true,
        );
        await restarting;
        return broke || restarting !== undefined;
      };
      let breaks = 0;
      while (await breaksOff()) breaks += 1;
      expect(breaks).toBe(3);
      expect(seen).toEqual(Array.from({ length: count }, (_, index) => `line ${index + 1}`));
      expect(lastSequence).toBe(count);
    }, 60_000);

    it('enisdenjo/graphql-ws#85: a subscription goes on after a restart exactly where it was', async () => {
      const id = await jobs.createJob(serviceId, waitForGo);
      const { events, attempts } = await running(id);
      const told = await firstOf(jobs.updates(id), ({ job }) => job.status === 'RUNNING');
      expect(told.position).toBe(events.at(-1)?.position);
      await server.end('SIGKILL');
      await runIn(docker, attempts[0]?.containerId ?? '', ['touch', '/go']);
      await server.start();

      const after = await positionsOf(jobs, id, told.position);
      const all = (await jobs.job(id)).events.map(({ position }) => position);
      expect(all).toHaveLength(4);
      expect(after).toEqual(all.slice(3));
      for (const [index, position] of all.entries()) {
        expect(await positionsOf(jobs, id, position)).toEqual(all.slice(index + 1));
      }
    }, 60_000);
  });
});

async function positionsOf(jobs: JobsOverApi, id: string, after: string): Promise<string[]> {
  const positions: string[] = [];
  for await (const { position } of jobs.updates(id, after)) positions.push(position);
  return positions;
}

/** Runs a program in a container that runs already, to its end. */
async function runIn(docker: Docker, containerId: string, command: string[]): Promise<void> {
  const program = await docker.getContainer(containerId).exec({ Cmd: command });
  await program.start({ Detach: true });
  await eventually(async () => (await program.inspect()).ExitCode === 0);
}
