import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';
import { tokenActor } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

/** Runs a command until the runner has begun to stop it, and leaves it there. */
async function leftInGrace(startCommand: string, how: 'cancel' | 'timeout', gracePeriodSeconds: number) {
  const { start, createJob, load, printed, cancel } = harness;
  const timeoutSeconds = how === 'timeout' ? 1 : 60;
  const snapshot = await createJob(startCommand, { timeoutSeconds, gracePeriodSeconds });
  const first = start();
  await first.offer(snapshot);
  await printed(snapshot, 'up');
  if (how === 'cancel') {
    await cancel(snapshot);
    await first.control.requestCancel(snapshot.jobId);
  }
  const stop = await eventually(async () => (await load(snapshot)).attempts[0]?.stop);
  await first.runner.stop();
  return { snapshot, stop };
}

describe('a stop that a runner began and did not live to see the end of', () => {
  it('gives the command what is left of its grace period, and not a new one', async () => {
    const { snapshot, stop } = await leftInGrace('trap "" TERM; echo up; sleep 60', 'cancel', 4);
    expect(stop.cause).toBe('cancel');
    const beganMs = Date.parse(stop.beganAt);
    await eventually(() => Date.now() > beganMs + 2_000);
    harness.start();
    const end = await harness.finished(snapshot);
    expect(end.outcome).toEqual({ kind: 'canceled', by: tokenActor });
    const stoppedMs = Date.parse(end.finishedAt ?? '') - beganMs;
    expect(stoppedMs).toBeGreaterThanOrEqual(3_500);
    expect(stoppedMs).toBeLessThan(5_500);
  });

  it('is told as a time-out, though the command ended while nobody was there', async () => {
    const command = 'trap "sleep 0.5; exit 0" TERM; echo up; sleep 60 & wait';
    const { snapshot, stop } = await leftInGrace(command, 'timeout', 5);
    expect(stop.cause).toBe('timeout');
    await eventually(async () => {
      const [found] = await harness.engine.list();
      return found !== undefined && (await harness.engine.inspect(found.containerId)).status === 'exited';
    });
    harness.start();
    expect((await harness.finished(snapshot)).outcome).toEqual({ kind: 'timedOut', afterSeconds: 1 });
  });

  it('stops the job though the event log does not take the record of it', async () => {
    const { stores, start, createJob, finished, printed } = harness;
    const snapshot = await createJob('echo up; sleep 60', { timeoutSeconds: 1, gracePeriodSeconds: 1 });
    const { append } = stores.commands.eventStore;
    let refused = 0;
    const stubborn: typeof append = (stream, events, expected) => {
      if (events[0]?.type !== 'JobStopBegan' || refused > 0) return append(stream, events, expected);
      refused += 1;
      return new Promise(() => undefined);
    };
    Object.assign(stores.commands.eventStore, { append: stubborn });
    const { offer } = start();
    await offer(snapshot);
    await printed(snapshot, 'up');
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'timedOut', afterSeconds: 1 });
    expect(refused).toBe(1);
  });
});

describe('a container that somebody removes while it is being stopped', () => {
  it.each(['cancel', 'timeout'] as const)(
    'leaves the cause of the stop (%s) to tell how its job ended, and ends nothing else',
    async (how) => {
      const { snapshot } = await leftInGrace('trap "" TERM; echo up; sleep 60', how, 60);
      for (const { containerId } of await harness.engine.list()) await harness.engine.remove(containerId);
      await harness.start().offer(snapshot);
      const { outcome } = await harness.finished(snapshot);
      expect(outcome?.kind).toBe(how === 'cancel' ? 'canceled' : 'timedOut');
    },
  );

  it('also under the runner that stops it', async () => {
    const { start, createJob, printed, cancel, engine, load, finished } = harness;
    const snapshot = await createJob('trap "" TERM; echo up; sleep 60', { gracePeriodSeconds: 60 });
    const { offer, control } = start();
    await offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    await control.requestCancel(snapshot.jobId);
    await eventually(async () => (await load(snapshot)).attempts[0]?.stop);
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
  });
});

describe('a cancel', () => {
  it('that comes while the event log is away is heeded as soon as it is back', async () => {
    const { stores, start, createJob, cancel, finished, printed } = harness;
    const snapshot = await createJob('echo up; sleep 60', { gracePeriodSeconds: 1 });
    const { offer, control } = start();
    await offer(snapshot);
    await printed(snapshot, 'up');
    await cancel(snapshot);
    const { eventStore } = stores.commands;
    const { readStream } = eventStore;
    let refused = 0;
    const away: typeof readStream = () => {
      refused += 1;
      throw new EventStoreUnavailableError('away');
    };
    Object.assign(eventStore, { readStream: away });
    await control.requestCancel(snapshot.jobId);
    await eventually(() => refused > 1);
    Object.assign(eventStore, { readStream });
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'canceled', by: tokenActor });
  });
});
