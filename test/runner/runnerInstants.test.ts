import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEngine } from '../../src/ports/containerEngine.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';
import { tokenActor } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

const never = <Result>(): Promise<Result> => new Promise(() => undefined);
const canceled = { kind: 'canceled', by: tokenActor };

/** Ends as soon as the signal does, and not before: an image that takes for ever to come. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

describe('a cancel', () => {
  it('ends a job whose image is still being pulled, at once', async () => {
    const { engine, start, createJob, load, cancel, finished } = harness;
    let pulls = 0;
    const create: ContainerEngine['create'] = (_, signal) => {
      pulls += 1;
      return untilAborted(signal);
    };
    const { offer, control } = start({ engine: { ...engine, create } });
    const snapshot = await createJob('echo never');
    await offer(snapshot);
    await eventually(() => pulls === 1);
    expect((await load(snapshot)).attempts).toHaveLength(1);
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    const end = await finished(snapshot);
    expect(end.outcome).toEqual(canceled);
    expect(end.startedAt).toBeNull();
  });

  it('that comes while the container is made lets nothing start, and nothing is left', async () => {
    const { engine, start, createJob, cancel, finished } = harness;
    let starts = 0;
    const snapshot = await createJob('echo never');
    const started = start({
      sweepEveryMs: 20,
      engine: {
        ...engine,
        create: async (spec, signal) => {
          await cancel(snapshot);
          await started.control.requestCancel(snapshot.jobId);
          await untilAborted(signal).catch(() => undefined);
          // An engine that hears of it too late.
          return engine.create(spec, new AbortController().signal);
        },
        start: (containerId) => {
          starts += 1;
          return engine.start(containerId);
        },
      },
    });
    await started.offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual(canceled);
    await eventually(async () => (await engine.list()).length === 0);
    expect(starts).toBe(0);
  });

  it('stops a container that a crash kept from being reported as started', async () => {
    const { engine, folder, start, createJob, cancel, finished } = harness;
    const snapshot = await createJob(`echo $$ > ${folder}/pid; sleep 60`);
    const startAndCrash: ContainerEngine['start'] = async (containerId) => {
      await engine.start(containerId);
      return never();
    };
    const first = start({ engine: { ...engine, start: startAndCrash } });
    await first.offer(snapshot);
    const pid = await eventually(() => Number(readFileSync(join(folder, 'pid'), 'utf8')) || undefined);
    await first.runner.stop();
    await cancel(snapshot);
    start();
    expect((await finished(snapshot)).outcome).toEqual(canceled);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('that comes after the container has ended by itself does not hide how', async () => {
    const { engine, start, createJob, cancel, load, finished } = harness;
    const snapshot = await createJob('sleep 0.2; exit 6');
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await first.runner.stop();
    await hasExited(engine);
    await cancel(snapshot);
    start();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 6 });
  });
});

describe('a time-out', () => {
  it('is not told of a container that ended in time while no runner was there', async () => {
    const { engine, start, createJob, load, finished } = harness;
    const snapshot = await createJob('sleep 0.2; exit 7', { timeoutSeconds: 1 });
    const first = start();
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await first.runner.stop();
    await hasExited(engine);
    const { startedAt } = await load(snapshot);
    await eventually(() => Date.now() > Date.parse(startedAt ?? '') + 1_000);
    // An engine far away: its answer comes after the runner has seen that the time is over.
    const wait: ContainerEngine['wait'] = async (containerId, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return engine.wait(containerId, signal);
    };
    start({ engine: { ...engine, wait } });
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 7 });
  });
});

describe('a runner that is told to stop', () => {
  it('does not wait for a grace that is under way, and the next one stops the container anew', async () => {
    const { engine, engineOfNextProgram, start, createJob, printed, cancel, finished } = harness;
    const snapshot = await createJob('trap "echo told" TERM; echo up; while :; do sleep 0.1; done', {
      gracePeriodSeconds: 600,
    });
    const first = start();
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    await first.control.requestCancel(snapshot.jobId);
    await printed(snapshot, 'told');
    await within(2_000, first.runner.stop());
    expect(await statusOfOnly(engine)).toBe('running');
    const next = engineOfNextProgram();
    start({ engine: { ...next, stop: (containerId) => next.stop(containerId, 0) } });
    expect((await finished(snapshot)).outcome).toEqual(canceled);
  });

  it.each(['list', 'create', 'start', 'inspect', 'stop', 'remove'] as const)(
    'does not wait for an engine that hangs on %s',
    async (call) => {
      const { engine, start, createJob, cancel } = harness;
      let calls = 0;
      const hang = () => {
        calls += 1;
        return never();
      };
      const { offer, runner, control } = start({ engine: { ...engine, [call]: hang } });
      const snapshot = await createJob(call === 'remove' ? 'true' : 'echo up; sleep 60');
      await offer(snapshot);
      if (call === 'stop') {
        await harness.printed(snapshot, 'up');
        await cancel(snapshot);
        await control.requestCancel(snapshot.jobId);
      }
      await eventually(() => calls > 0);
      await within(2_000, runner.stop());
    },
  );

  it('while it reads the last lines of a container leaves them, and the end, to the next one', async () => {
    const { engine, stores, start, createJob, load, finished, lines } = harness;
    const snapshot = await createJob('echo one; echo two; exit 8');
    const logs: ContainerEngine['logs'] = async function* (_, { signal }) {
      await untilAborted(signal).catch(() => undefined);
    };
    const first = start({ engine: { ...engine, logs } });
    await first.offer(snapshot);
    await eventually(async () => (await load(snapshot)).status === 'RUNNING');
    await hasExited(engine);
    await first.runner.stop();
    expect((await stores.logs.progress(snapshot.jobId)).complete).toBe(false);
    expect((await load(snapshot)).outcome).toBeNull();
    start();
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 8 });
    expect(await lines(snapshot)).toEqual(['one', 'two']);
  });
});

describe('a job that was ended elsewhere while its runner has it in hand', () => {
  it('is stopped as soon as its runner hears of it, and its end stays as it was', async () => {
    const { engine, start, createJob, printed, loseRunner, load } = harness;
    const { offer, control, held } = start();
    const snapshot = await createJob('echo up; sleep 60');
    await offer(snapshot);
    await printed(snapshot, 'up');
    await loseRunner(snapshot);
    await control.requestCancel(snapshot.jobId);
    await eventually(() => held() === 0);
    expect(await engine.list()).toEqual([]);
    expect((await load(snapshot)).outcome).toMatchObject({ kind: 'runnerLost' });
  });
});

async function statusOfOnly(engine: ContainerEngine): Promise<string | undefined> {
  const [found] = await engine.list();
  return found && (await engine.inspect(found.containerId)).status;
}

function hasExited(engine: ContainerEngine): Promise<unknown> {
  return eventually(async () => (await statusOfOnly(engine)) === 'exited');
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const startedMs = performance.now();
  await work;
  expect(performance.now() - startedMs).toBeLessThan(ms);
}
