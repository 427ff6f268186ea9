import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../src/adapters/local/jobQueue.ts';
import type { RunnerId } from '../../src/domain/ids.ts';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import { sweepContainers } from '../../src/runner/sweepContainers.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';
import { otherRunnerId, runnerId } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

describe('two runners on one engine', () => {
  it('leave each other the containers of jobs that have not ended, without a word', async () => {
    const { createJob, printed, finished, lines, engine, stores } = harness;
    const first = harness.start();
    const snapshot = await createJob('trap "exit 7" TERM; echo up; sleep 0.5; echo done; exit 6');
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    const { signal } = new AbortController();
    const sweep = (id: RunnerId) => sweepContainers(engine, () => false, stores, { runnerId: id }, signal);
    expect(await sweep(otherRunnerId)).toEqual([]);
    expect(await sweep(runnerId)).toEqual([snapshot]);
    harness.start({ id: otherRunnerId });
    harness.start();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 6 });
    expect(await lines(snapshot)).toEqual(['up', 'done']);
    expect(stores.warnings).toEqual([]);
  });

  it('remove what the other left of a job that has ended', async () => {
    const { createJob, printed, loseRunner, engine } = harness;
    const { offer, runner } = harness.start();
    const snapshot = await createJob('echo up; sleep 60');
    await offer(snapshot);
    await printed(snapshot, 'up');
    await runner.stop();
    await loseRunner(snapshot);
    harness.start({ id: otherRunnerId });
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('may remove one container at the same time', async () => {
    const { createJob, printed, loseRunner, engine, stores } = harness;
    const { offer, runner } = harness.start();
    const snapshot = await createJob('echo up; sleep 60');
    await offer(snapshot);
    await printed(snapshot, 'up');
    await runner.stop();
    await loseRunner(snapshot);
    const both = Promise.withResolvers<void>();
    let removals = 0;
    const remove: ContainerEngine['remove'] = async (containerId) => {
      removals += 1;
      if (removals === 2) both.resolve();
      await both.promise;
      await engine.remove(containerId);
    };
    harness.start({ engine: { ...engine, remove } });
    harness.start({ id: otherRunnerId, engine: { ...engine, remove } });
    await eventually(async () => removals === 2 && (await engine.list()).length === 0);
    expect(stores.warnings).toEqual([]);
  });
});

describe('two runners on one queue', () => {
  it('do not forget a job whose runner died between its claim and its container', async () => {
    const { stores, createJob, finished, load, engine } = harness;
    const { clock } = stores.commands;
    const queue = createJobQueue({ clock, patienceMs: 60_000, maxWaitingJobs: 100 });
    const create: ContainerEngine['create'] = () => new Promise(() => undefined);
    const first = harness.start({ engine: { ...engine, create } });
    const snapshot = await createJob('exit 3');
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).attempts.length === 1);
    await first.runner.stop();
    // The queue, of which this one stands for a lasting one, hands it to the other runner first.
    const neighbor = harness.start({ id: otherRunnerId, leaseSeconds: 1, queue });
    await neighbor.offer(snapshot);
    await eventually(async () => neighbor.held() === 0 && (await queue.depth()).waiting === 1);
    harness.start({ queue });
    const end = await finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'exited', exitCode: 3 });
    expect(end.attempts.map((attempt) => attempt.runnerId)).toEqual([runnerId]);
    await eventually(async () => (await queue.depth()).waiting === 0);
  });
});
